"""Files of unknown makers: recognised, read in a limited child process, handed over row by row.

Importers take everything from here:

    with inspect_stored(stored) as found:             # workflow.store; raises BadFile
        for row in found.sheets[0].rows():
            day = date_cell(row, 1, _("Day"))          # raises BadCell, whose .message names row, column and rule
            amount = amount_cell(row, 2, _("Amount"), unit=Unit.WAN)
"""

from crm_project.workflow.inspect.cells import (
    EMPTY,
    BadCell,
    Cell,
    Kind,
    Merged,
    Row,
    Sheet,
    amount_cell,
    date_cell,
    text_cell,
)
from crm_project.workflow.inspect.refusals import BadFile
from crm_project.workflow.inspect.runner import EXTENSIONS, Inspection, identify_file, inspect_file

__all__ = [
    "EMPTY",
    "EXTENSIONS",
    "BadCell",
    "BadFile",
    "Cell",
    "Inspection",
    "Kind",
    "Merged",
    "Row",
    "Sheet",
    "amount_cell",
    "date_cell",
    "identify_file",
    "inspect_file",
    "text_cell",
]
