from typing import Any

from django.core.management.base import BaseCommand

from crm_project.organization.demo import PASSWORD, SHOWN
from crm_project.organization.models import Staff

TRY = [
    "zhoumin: 客户 → 登记客户; type 91310115MA1K3BTP2B as the credit code, then change a digit",
    "zhoumin: a client's 财务 → 模板, fill it, 上传报表; then 评级 → 开始评级; chenli confirms it",
    "zhoumin: 项目 → 融资方案 → a plan; change an assumption and watch DSCR, balance and rule checks answer",
    "zhoumin submits a plan, chenli gives the risk opinion, hezhiyuan or the committee decides",
    "zhaolei: 资金监管 → 提款; a request that fails its checks says what would make it pass",
    "hemiao: another branch's manager does not see zhoumin's clients; songya reads the whole bank",
    "admin: accounts, branches, calendar, products and drafts of rules; no client data",
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
