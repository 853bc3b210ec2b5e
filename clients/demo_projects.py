"""Projects of the demonstration: 24 in every stage, with permits in order, running out, lapsed and missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clients.models import Client, Permit, Project
from clients.services.client import register_client, set_co_managers
from clients.services.permit import add_permit
from clients.services.project import register_project, set_project_company
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.rules.identifiers import uscc_check_character

WORKS = {
    # industry of the sponsor: name, word for the name of its company, investment in 万元, what is built
    "D4610": [
        ("第三净水厂及再生水工程", "净水", 120_000, "日处理净水 20 万吨、再生水 8 万吨，含取水泵站和 46 公里管线。"),
        ("城南供水管网改造", "供水管网", 36_000, "更换老旧管网 118 公里，建分区计量系统。"),
        ("北岭引水工程", "引水", 98_000, "隧洞 11 公里，年引水 6,000 万立方米。"),
    ],
    "D4430": [
        ("燃气热电联产（2×460 兆瓦）", "燃气热电", 265_000, "两套燃气蒸汽联合循环机组，年供热 620 万吉焦。"),
        ("背压机组扩建", "背压热电", 42_000, "一台 50 兆瓦背压机组及厂内管网。"),
        ("城区集中供热管网", "集中供热", 58_000, "一级管网 72 公里，换热站 64 座。"),
    ],
    "G5532": [
        ("多用途泊位（8 号至 9 号）", "泊位建设", 186_000, "两个 5 万吨级泊位，年通过能力 520 万吨。"),
        ("集装箱堆场自动化改造", "集装箱", 47_000, "自动化轨道吊 12 台，堆场 21 万平方米。"),
        ("港区铁路专用线", "港铁", 63_000, "单线 14 公里，装卸线 4 条。"),
    ],
    "D4416": [
        ("农光互补电站（120 兆瓦）", "农光发电", 54_000, "光伏组件 120 兆瓦，220 千伏升压站一座。"),
        ("渔光互补电站（80 兆瓦）", "渔光发电", 36_500, "水面光伏 80 兆瓦，送出线路 9 公里。"),
        ("工商业屋顶分布式光伏", "分布式能源", 18_600, "屋顶光伏 46 兆瓦，分布于 31 家企业。"),
    ],
    "C3311": [
        ("装配式钢结构生产基地", "装配式建筑", 52_000, "年产钢构件 18 万吨，厂房 9.6 万平方米。"),
        ("桥梁钢箱梁车间", "钢箱梁", 23_000, "年产钢箱梁 6 万吨。"),
        ("风电塔筒生产线", "风电装备", 31_000, "年产塔筒 400 套。"),
    ],
    "E4813": [
        ("城北综合管廊及道路", "管廊建设", 87_000, "管廊 8.4 公里，主干道 6.2 公里。"),
        ("东澜大桥及接线", "大桥建设", 142_000, "主桥 1,180 米，接线 3.5 公里。"),
        ("停车与充电设施", "停车充电", 26_000, "公共停车位 4,200 个，充电桩 1,600 根。"),
    ],
    "G5930": [
        ("冷链物流园二期", "冷链园区", 39_000, "冷库 12 万吨，分拣加工车间 3 万平方米。"),
        ("果蔬预冷集散中心", "果蔬集散", 15_800, "预冷库 3 万吨，产地集散点 12 处。"),
        ("医药冷链仓", "医药冷链", 12_600, "恒温仓 2.4 万平方米。"),
    ],
    "C2614": [
        ("可降解材料项目（年产 5 万吨）", "可降解材料", 168_000, "聚合装置两条，配套公用工程。"),
        ("电子化学品项目", "电子化学品", 74_000, "年产高纯电子化学品 1.2 万吨。"),
        ("溶剂回收装置", "溶剂回收", 21_000, "年回收溶剂 4 万吨。"),
    ],
}
DISTRICTS = ["澜州市城东区", "澜州市城西区", "澜州市港口区", "澜州市北岭县"]


@dataclass(frozen=True)
class Scene:
    """How a project stands. started, complete: days from the day of loading, negative for the past.

    lapses: kind of permit and days from the day of loading on which it lapses. left_out: kinds that are missing.
    company: who manages its project company, "own" for the sponsor's manager; empty where there is none.
    """

    stage: str
    started: int
    complete: int
    lapses: tuple[str, int] | None = None
    left_out: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    kind: str = "02"
    company: str = ""


SCENES = [
    Scene("construction", -420, 500, company="own"),
    Scene("construction", -310, 160, left_out=("energy",)),
    Scene("preparation", 45, 800, lapses=("approval", 55), applied=("construction",)),
    Scene("operation", -1600, -460, company="own"),
    Scene("preparation", 120, 700, applied=("approval", "environment"), left_out=("land", "planning", "construction")),
    Scene("construction", -700, -20),
    Scene("operation", -1300, -700, lapses=("water_soil", 62)),
    Scene("construction", -95, 640, lapses=("land", 12), company="own"),
    Scene("preparation", 30, 560, lapses=("environment", -18)),
    Scene("preparation", 10, 620, lapses=("construction", 21), company="hemiao"),
    Scene("construction", -240, 330, kind="03"),
    Scene("construction", -380, 140, company="own"),
    Scene("preparation", 75, 480, applied=("land",), left_out=("planning", "construction"), kind="03"),
    Scene("operation", -1900, -900, company="own"),
    Scene("construction", -150, 520, left_out=("construction",)),
    Scene("closed", -2400, -1500),
    Scene("preparation", 90, 900, lapses=("approval", 24), left_out=("construction",)),
    Scene("construction", -510, 85, company="own"),
    Scene("construction", -330, 260, lapses=("land", -9)),
    Scene("operation", -1100, -320),
    Scene("preparation", 150, 760, applied=("approval",), left_out=("environment", "construction"), kind="01"),
    Scene("construction", -60, 720, applied=("water_soil",), company="own"),
    Scene("operation", -1450, -640, company="own"),
    Scene("preparation", 20, 540, lapses=("construction", 70), kind="03"),
]
ISSUED_BEFORE = {
    # kind of permit: days between its issue and the start of work; water and soil come with the environment
    "approval": 320,
    "environment": 260,
    "water_soil": 250,
    "energy": 220,
    "land": 180,
    "planning": 120,
    "construction": 40,
}
LIFE_DAYS = {"approval": 731, "environment": 1826, "construction": 92}
ISSUERS = {
    "approval": "澜州市发展和改革委员会",
    "environment": "澜州市生态环境局",
    "water_soil": "澜州市水务局",
    "energy": "澜州市发展和改革委员会",
    "land": "澜州市自然资源局",
    "planning": "澜州市自然资源局",
    "construction": "澜州市住房和城乡建设局",
}


def load_projects(world: World, clients: Sequence[Client]) -> None:
    """One project per scene and sponsor, as far as there are clients; then the companies that take them over."""
    done: dict[str, int] = {}
    for number, (scene, sponsor) in enumerate(zip(SCENES, clients, strict=False)):
        works = WORKS[sponsor.industry_id]
        turn = done.setdefault(sponsor.industry_id, 0)
        done[sponsor.industry_id] += 1
        work = works[turn % len(works)]
        project = _register(world, number, scene, sponsor, work)
        for kind, before in ISSUED_BEFORE.items():
            _permit(world, project, scene, kind, before)
        if scene.company:
            _company(world, number, scene, project, work[1])


def _register(world: World, number: int, scene: Scene, sponsor: Client, work: tuple[str, str, int, str]) -> Project:
    name, _word, investment, purpose = work
    started = world.today + timedelta(days=scene.started)
    approved = started - timedelta(days=ISSUED_BEFORE["approval"])
    complete = world.today + timedelta(days=scene.complete)
    return register_project(
        by=_manager(sponsor),
        sponsor=sponsor,
        name=f"{sponsor.short_name[:2]}{name}",
        project_code=f"{approved:%y%m}-350181-04-{scene.kind}-{310_000 + number * 7919 % 100_000:06d}",
        industry_id=sponsor.industry_id,
        place=DISTRICTS[number % len(DISTRICTS)],
        purpose=purpose,
        total_investment=Decimal(investment) * 10_000,
        sponsor_share=Decimal(world.rng.randrange(51, 101)) / 100,
        stage=scene.stage,
        approved_on=None if "approval" in scene.applied else min(approved, world.today),
        start_on=started,
        complete_on=complete,
        operate_until=complete + timedelta(days=365 * 20),
    )


def _permit(world: World, project: Project, scene: Scene, kind: str, before: int) -> None:
    manager = _manager(project.borrower)
    if kind in scene.left_out:
        return
    if kind in scene.applied:
        add_permit(project=project, by=manager, kind=kind, status=Permit.Status.APPLIED, remark="已受理，待批复。")
        return
    issued, expires = _days(world.today, scene, kind, before)
    add_permit(
        project=project,
        by=manager,
        kind=kind,
        status=Permit.Status.HELD,
        number=f"澜{kind[:2].upper()}〔{issued.year}〕{world.rng.randrange(10, 900)}号",
        issuer=ISSUERS[kind],
        issued_on=issued,
        expires_on=expires,
    )


def _days(today: date, scene: Scene, kind: str, before: int) -> tuple[date, date | None]:
    """Day of issue and, where it is not left to the rule, of expiry."""
    if scene.lapses is not None and scene.lapses[0] == kind:
        end = today + timedelta(days=scene.lapses[1])
        life = LIFE_DAYS.get(kind)
        return (end - timedelta(days=life), end) if life else (end - timedelta(days=730), end)
    issued = min(today + timedelta(days=scene.started - before), today - timedelta(days=20))
    return issued, None


def _company(world: World, number: int, scene: Scene, project: Project, word: str) -> None:
    """The company that is founded for the project; a manager of another branch lets the sponsor's manager co-manage."""
    sponsor = project.sponsor
    keeper = _manager(sponsor) if scene.company == "own" else Staff.objects.get(username=scene.company)
    body = f"91350181MB{number + 1:07d}"
    company = register_client(
        by=keeper,
        name=f"{sponsor.short_name[:2]}{word}项目有限公司",
        short_name=f"{sponsor.short_name[:2]}{word}",
        uscc=body + uscc_check_character(body),
        nature=Client.Nature.PROJECT_COMPANY,
        industry_id=project.industry_id,
        size_class=Client.SizeClass.SMALL,
        registered_capital=(project.total_investment * Decimal("0.2")).quantize(Decimal(1)),
        founded_on=world.today + timedelta(days=min(scene.started - 200, -30)),
        registered_address=project.place,
        client_since=world.today + timedelta(days=min(scene.started - 150, -20)),
    )
    if keeper != _manager(sponsor):
        set_co_managers(client=company, staff=[_manager(sponsor)])
    set_project_company(project=project, version=project.version, company=company, by=_manager(sponsor))


def _manager(client: Client) -> Staff:
    manager = client.subject.manager
    assert manager is not None  # noqa: S101  (a client has one by constraint)
    return manager
