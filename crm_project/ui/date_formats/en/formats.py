"""The same forms as in Chinese: a date must not change its look with the language."""

from crm_project.ui.date_formats.zh_Hans.formats import (
    DATE_FORMAT as DATE_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    DATE_INPUT_FORMATS as DATE_INPUT_FORMATS,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    DATETIME_FORMAT as DATETIME_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    DATETIME_INPUT_FORMATS as DATETIME_INPUT_FORMATS,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    DECIMAL_SEPARATOR as DECIMAL_SEPARATOR,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    FIRST_DAY_OF_WEEK as FIRST_DAY_OF_WEEK,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    MONTH_DAY_FORMAT as MONTH_DAY_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    NUMBER_GROUPING as NUMBER_GROUPING,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    SHORT_DATE_FORMAT as SHORT_DATE_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    SHORT_DATETIME_FORMAT as SHORT_DATETIME_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    THOUSAND_SEPARATOR as THOUSAND_SEPARATOR,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    TIME_FORMAT as TIME_FORMAT,
)
from crm_project.ui.date_formats.zh_Hans.formats import (
    YEAR_MONTH_FORMAT as YEAR_MONTH_FORMAT,
)
