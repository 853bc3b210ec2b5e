"""The branches and people of the demonstration: one province, four branches, enough staff for every exclusion."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.contrib.auth.hashers import make_password

from crm_project.organization.models import Branch, Person, Staff
from crm_project.organization.roles import Level, Role

PASSWORD = "rongqiao-demo-2026"  # noqa: S105  published on purpose; exists only where the demo was loaded

BRANCHES = [
    ("1", "融桥银行总行", Branch.Level.HEAD_OFFICE, None),
    ("12", "澜州省分行", Branch.Level.PROVINCE, "1"),
    ("1201", "澜州市分行", Branch.Level.CITY, "12"),
    ("120101", "城东支行", Branch.Level.BRANCH, "1201"),
    ("120102", "城西支行", Branch.Level.BRANCH, "1201"),
    ("120103", "港口支行", Branch.Level.BRANCH, "1201"),
    ("120104", "北岭支行", Branch.Level.BRANCH, "1201"),
]

PEOPLE = [
    # user name, person, branch, role, level
    ("zhoumin", "周敏", "120101", Role.RM, Level.SENIOR),
    ("sunyue", "孙越", "120101", Role.RM, Level.RM),
    ("lihang", "李航", "120101", Role.RM, Level.RM),
    ("chenli", "陈立", "120101", Role.RISK_OFFICER, Level.BRANCH),
    ("wangjing", "王静", "120101", Role.SUPERVISION_OFFICER, ""),
    ("zhaolei", "赵磊", "120101", Role.RELEASE_OFFICER, ""),
    ("linxiao", "林晓", "120101", Role.APPROVER, Level.L1),
    ("hemiao", "何苗", "120102", Role.RM, Level.SENIOR),
    ("qianbo", "钱波", "120102", Role.RM, Level.RM),
    ("xuning", "徐宁", "120102", Role.RISK_OFFICER, Level.BRANCH),
    ("fengyan", "冯岩", "120102", Role.SUPERVISION_OFFICER, ""),
    ("maqiang", "马强", "120102", Role.RELEASE_OFFICER, ""),
    ("guozhen", "郭臻", "120102", Role.APPROVER, Level.L1),
    ("luoyi", "罗毅", "120103", Role.RM, Level.SENIOR),
    ("tangxue", "唐雪", "120103", Role.RM, Level.RM),
    ("dengfan", "邓凡", "120103", Role.RISK_OFFICER, Level.BRANCH),
    ("caojun", "曹军", "120103", Role.SUPERVISION_OFFICER, ""),
    ("pengtao", "彭涛", "120103", Role.RELEASE_OFFICER, ""),
    ("zengqin", "曾琴", "120103", Role.APPROVER, Level.L1),
    ("xiaohan", "萧寒", "120104", Role.RM, Level.SENIOR),
    ("tianyu", "田宇", "120104", Role.RM, Level.RM),
    ("dongwei", "董薇", "120104", Role.RISK_OFFICER, Level.BRANCH),
    ("panhong", "潘虹", "120104", Role.SUPERVISION_OFFICER, ""),
    ("jiangnan", "蒋楠", "120104", Role.RELEASE_OFFICER, ""),
    ("yuanbin", "袁斌", "120104", Role.APPROVER, Level.L1),
    ("yufang", "于芳", "1201", Role.RISK_OFFICER, Level.UPPER_BRANCH),
    ("hezhiyuan", "何志远", "12", Role.APPROVER, Level.L2),
    ("shenlan", "沈岚", "12", Role.APPROVER, Level.L3),
    ("lujian", "陆健", "12", Role.APPROVER, Level.L3),
    ("fanying", "范颖", "12", Role.APPROVER, Level.L3),
    ("jinhao", "金昊", "12", Role.APPROVER, Level.L3),
    ("duanmei", "段梅", "12", Role.APPROVER, Level.L3),
    ("leiming", "雷鸣", "12", Role.APPROVER, Level.L3),
    ("qiuping", "邱平", "12", Role.APPROVER, Level.L3),
    ("taorui", "陶睿", "12", Role.RELEASE_OFFICER, ""),
    ("weiguo", "魏国", "1", Role.APPROVER, Level.L4),
    ("songya", "宋雅", "1", Role.HEAD_OFFICE_VIEWER, ""),
    ("admin", "夏青", "12", Role.ADMINISTRATOR, ""),
    ("gaoyuan", "高原", "12", Role.EXPERT, ""),
]

SHOWN = [
    "zhoumin",
    "chenli",
    "wangjing",
    "linxiao",
    "hezhiyuan",
    "shenlan",
    "zhaolei",
    "songya",
    "admin",
]
"""Sign-ins that `make run` prints: one per role, and the levels of approval."""


@dataclass
class World:
    """What the rooms' demo loaders share: a seeded source of chance, the day of loading, the number of clients."""

    today: date
    clients: int = 60
    rng: Random = field(default_factory=lambda: Random(20260101))  # noqa: S311  believable, not secret


def load(world: World) -> None:
    branches: dict[str, Branch] = {}
    for code, name, level, parent in BRANCHES:
        branches[code] = Branch.objects.create(
            code=code,
            name=name,
            level=level,
            parent=branches[parent] if parent else None,
        )
    password = make_password(PASSWORD)
    for index, (username, name, branch, role, staff_level) in enumerate(PEOPLE, start=1):
        person = Person.objects.create(number=f"{10000 + index}", name=name)
        Staff.objects.create(
            username=username,
            password=password,
            person=person,
            branch=branches[branch],
            role=role,
            level=staff_level,
            is_demo=True,
        )
