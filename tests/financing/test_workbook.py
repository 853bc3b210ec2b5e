"""The exported workbook is alive: recalculated from its inputs alone it comes to the product's figures, to the cent."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import formulas
import pytest
from openpyxl import load_workbook

from crm_project.organization.roles import Role
from financing.models import PlanVersion
from financing.plan_workbook import CASH, FIGURES, SCHEDULE, workbook
from financing.services.plan import add_tranche
from tests import recipes
from tests.financing.plan_support import WAN, published_plan, published_project, version_of

pytestmark = pytest.mark.django_db


def version_with_all_methods() -> PlanVersion:
    """A sculpted loan, an annuity with grace, equal principal twice a year, and a working-capital bullet; a shock."""
    manager = recipes.make_bank().staff(Role.RM)
    plan = published_plan(published_project(recipes.make_client(manager)), equity=600 * WAN)
    version = version_of(plan)
    product = version.tranches.get().product
    recipes.load_products()
    for _number in range(3):
        version = add_tranche(version=version, seen=version.version, by=manager, product=product)
    common = {"first_due_on": date(2028, 12, 31), "tenor_months": 96, "spread_bp": 35}
    return recipes.save_plan(
        version,
        {"cfads_shock": Decimal("-0.05"), "rate_shock_bp": 50},
        {
            1: {"amount": 150 * WAN},
            2: {**common, "amount": 120 * WAN, "method": "annuity", "grace_periods": 2},
            3: {"amount": 90 * WAN, "method": "equal_principal", "first_due_on": date(2028, 6, 30), "tenor_months": 84}
            | {"instalment_months": 6},
            4: {**common, "amount": 10 * WAN, "method": "bullet", "tenor_months": 12},
        },
    )


def without_cached_values(file: bytes, path: Path) -> None:
    """The workbook saved without any cached value: what a formula comes to must be calculated."""
    book = load_workbook(io.BytesIO(file))
    book.save(path)


def recalculated(path: Path) -> dict[str, Any]:
    """Values by 'SHEET'!CELL in upper case."""
    solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    found = {}
    for key, value in solution.items():
        ranges = getattr(value, "value", None)
        if ranges is not None and ranges.shape == (1, 1):
            place = str(key).split("]")[-1].replace("'", "")
            found[place.upper()] = ranges[0, 0]
    return found


def cents(value: Any) -> Decimal:
    return round(Decimal(repr(float(value))), 2)


def test_the_recalculated_workbook_comes_to_the_products_figures_to_the_cent(tmp_path: Path) -> None:
    version = version_with_all_methods()
    path = tmp_path / "plan.xlsx"
    without_cached_values(workbook(version), path)
    cells = recalculated(path)
    row = 2
    for loan in version.result["tranches"]:
        for line in loan["rows"]:
            for column, name in (("E", "opening"), ("F", "interest"), ("G", "principal"), ("I", "closing")):
                assert cents(cells[f"{SCHEDULE}!{column}{row}"]) == Decimal(line[name]), (loan["no"], line["no"], name)
            row += 1
    for row, period in enumerate(version.result["periods"], 2):
        for column, name in (("H", "cfads"), ("I", "interest"), ("J", "principal")):
            assert cents(cells[f"{CASH}!{column}{row}"]) == Decimal(period[name]), (period["ends_on"], name)
        if period["dscr"] is not None:
            assert round(float(cells[f"{CASH}!K{row}"]), 6) == float(period["dscr"])
    assert cents(cells[f"{FIGURES}!B7"]) == Decimal(version.result["figures"]["debt"])
    assert round(float(cells[f"{FIGURES}!B9"]), 6) == float(version.result["figures"]["minimum"])


def test_the_cached_values_are_those_of_the_product() -> None:
    version = version_with_all_methods()
    book = load_workbook(io.BytesIO(workbook(version)), data_only=True)
    first = version.result["tranches"][0]["rows"][0]
    assert cents(book[SCHEDULE]["F2"].value) == Decimal(first["interest"])
    assert round(book[FIGURES]["B9"].value, 6) == float(version.result["figures"]["minimum"])
    assert book.sheetnames == [CASH, SCHEDULE, FIGURES]


def test_a_change_of_an_input_cell_moves_interest_and_cover(tmp_path: Path) -> None:
    version = version_with_all_methods()
    book = load_workbook(io.BytesIO(workbook(version)))
    book[FIGURES]["B3"] = -0.5
    path = tmp_path / "changed.xlsx"
    book.save(path)
    cells = recalculated(path)
    assert float(cells[f"{FIGURES}!B9"]) < float(version.result["figures"]["minimum"]) * 0.6
