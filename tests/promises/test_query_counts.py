"""How many queries a list page costs, kept in `query_counts.json` and compared: the number knows nothing of the rows.

CRM_UPDATE_COUNTS=1 rewrites the file; the change then shows in review.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_project.organization import policy
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from tests import recipes
from tests.walk.samples import SAMPLES, Sample

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).with_name("query_counts.json")
LISTS = sorted(
    route
    for route, method in policy.table()
    if method == "GET"
    and route.endswith("_list")
    and policy.table()[route, method].business
    and not SAMPLES.get(route, Sample()).of_one_row
)


def queries(route: str, account: Staff) -> int:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    browser.get(reverse(route))  # fills what is kept per process
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(reverse(route)).status_code == 200
    return len(captured)


def test_the_client_list_costs_the_same_for_five_and_for_fifty_rows() -> None:
    manager = recipes.make_bank().staff(Role.RM)
    for _ in range(5):
        recipes.make_client(manager)
    few = queries("clients:client_list", manager)
    for _ in range(45):
        recipes.make_client(manager)
    assert queries("clients:client_list", manager) == few


def test_lists_cost_what_the_file_says() -> None:
    bank = recipes.make_bank()
    accounts = [bank.staff(Role.RM), bank.staff(Role.RISK_OFFICER)]
    for _ in range(3):
        recipes.make_client(accounts[0])
    found = {
        route: max(queries(route, account) for account in accounts if policy.allowed(account, route))
        for route in LISTS
        if any(policy.allowed(account, route) for account in accounts)
    }
    if os.environ.get("CRM_UPDATE_COUNTS"):
        BASELINE.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(BASELINE.read_text())
