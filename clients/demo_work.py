"""Work of the demonstration: clients that change hands, some asked for, some approved, one call overdue."""

from datetime import timedelta

from django.utils import timezone

from clients.models import Client
from clients.services.handover import TAKE_OVER, request_handover
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.workflow.models import Task
from crm_project.workflow.services.approvals import decide

HANDOVERS = [
    # from, to, reason, approved by
    ("zhoumin", "hemiao", "客户总部迁至城西，就近服务。", ""),
    ("luoyi", "tangxue", "客户经理轮岗。", ""),
    ("sunyue", "lihang", "按行业集中管理水务客户。", "linxiao"),
    ("lihang", "zhoumin", "项目融资由资深客户经理主办。", "linxiao"),
    ("qianbo", "zhoumin", "集团客户归口管理。", "guozhen"),
]
OVERDUE = timedelta(days=2)


def load_work(world: World) -> None:
    staff = {
        account.username: account for account in Staff.objects.filter(is_demo=True).select_related("branch", "person")
    }
    for giver, taker, reason, approver in HANDOVERS:
        client = Client.objects.filter(root__manager=staff[giver]).order_by("pk").last()
        if client is None:
            continue
        approval = request_handover(client=client, to=staff[taker], reason=reason, by=staff[giver])
        if approver:
            decide(approval=approval, by=staff[approver], approve=True, reason="同意移交。")
    first = Task.objects.open().filter(kind=TAKE_OVER, assignee=staff["zhoumin"]).order_by("pk")[:1]
    Task.objects.filter(pk__in=first).update(due_at=timezone.now() - OVERDUE)
