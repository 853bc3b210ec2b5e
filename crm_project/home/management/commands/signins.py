from typing import Any

from django.core.management.base import BaseCommand

from crm_project.organization.demo import PASSWORD, SHOWN
from crm_project.organization.models import Staff

TRY = [
    "zhoumin: 客户 → 登记客户; type 91310115MA1K3BTP2B as the credit code, then change a digit",
    "zhoumin: filter the clients by industry, choose columns, export what you see",
    "hemiao: another branch's manager does not see zhoumin's clients",
    "songya: the same pages for the whole bank, read only",
    "admin: 配置 → accounts, branches, calendar; no client data",
]


class Command(BaseCommand):
    help = "Print the demo sign-ins per role and what to try."

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = {
            one.username: one
            for one in Staff.objects.filter(is_demo=True, username__in=SHOWN).select_related("person", "branch")
        }
        if not accounts:
            return
        self.stdout.write(f"  Sign in (password of all: {PASSWORD})")
        for name in SHOWN:
            one = accounts[name]
            role = " ".join(filter(None, [one.role, one.level]))
            self.stdout.write(f"    {name:<10} {one.name}  {role} · {one.branch.name}")
        self.stdout.write("  What to try")
        for line in TRY:
            self.stdout.write(f"    {line}")
