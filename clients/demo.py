"""Clients of the demonstration: believable companies of eight industries, spread over the four branches."""

from datetime import timedelta
from decimal import Decimal
from itertools import cycle

from clients.demo_groups import load_groups
from clients.demo_projects import load_projects
from clients.demo_ratings import load_ratings
from clients.demo_statements import load_statements
from clients.demo_work import load_work
from clients.models import Client
from clients.services.client import register_client
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.identifiers import uscc_check_character

PLACES = [
    "澜州",
    "恒泽",
    "东澜",
    "金桥",
    "北岭",
    "港通",
    "华昱",
    "云澜",
    "盛宁",
    "锦屏",
    "永淳",
    "瑞阳",
    "兴合",
    "启明",
    "澜江",
]
TRADES = [
    # words of the name, industry, natures that occur
    ("水务", "D4610", ["state_owned", "project_company"]),
    ("热电联产", "D4430", ["state_owned", "private"]),
    ("港务", "G5532", ["state_owned", "listed"]),
    ("光伏发电", "D4416", ["project_company", "private"]),
    ("钢结构", "C3311", ["private", "foreign"]),
    ("建设工程", "E4813", ["private", "state_owned"]),
    ("冷链物流", "G5930", ["private", "foreign"]),
    ("新材料", "C2614", ["listed", "private"]),
]
DISTRICTS = ["城东区", "城西区", "港口区", "北岭县"]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ["建国", "志强", "海燕", "文博", "晓峰", "丽华", "国栋", "春梅", "永康", "思远", "立新", "雅静"]
SIZES = [Client.SizeClass.LARGE, Client.SizeClass.MEDIUM, Client.SizeClass.MEDIUM, Client.SizeClass.SMALL]
CAPITAL = {"large": (20_000, 200_000), "medium": (3_000, 20_000), "small": (500, 3_000)}


def load(world: World) -> None:
    managers = cycle(Staff.objects.filter(is_demo=True, role=Role.RM).order_by("branch__path", "pk"))
    clients = [register_client(by=next(managers), **_facts(world, number)) for number in range(world.clients)]
    load_statements(world, clients)
    load_groups(world, clients)
    load_projects(world, clients)
    load_ratings(world, clients)
    load_work(world)


def _facts(world: World, number: int) -> dict[str, object]:
    rng = world.rng
    trade, industry, natures = TRADES[number % len(TRADES)]
    place = PLACES[number % len(PLACES)]
    nature = natures[number % len(natures)]
    size = rng.choice(SIZES)
    low, high = CAPITAL[size]
    founded = world.today - timedelta(days=rng.randrange(1500, 9000))
    form = "股份有限公司" if nature == "listed" else "有限公司"
    generation = number // (len(TRADES) * len(PLACES))
    suffix = f"第{generation + 1}" if generation else ""
    body = f"91120100MA{number + 1:07d}"
    return {
        "name": f"{place}{suffix}{trade}{form}",
        "short_name": f"{place}{suffix}{trade}",
        "uscc": body + uscc_check_character(body),
        "nature": nature,
        "industry_id": industry,
        "size_class": size,
        "registered_capital": Decimal(rng.randrange(low, high, 100)) * 10_000,
        "founded_on": founded,
        "legal_representative": rng.choice(SURNAMES) + rng.choice(GIVEN),
        "registered_address": f"澜州市{rng.choice(DISTRICTS)}建设路{rng.randrange(1, 400)}号",
        "phone": f"0599-{rng.randrange(2_000_000, 8_999_999)}",
        "staff_count": rng.randrange(20, 3000),
        "client_since": founded + timedelta(days=rng.randrange(100, max(101, (world.today - founded).days))),
    }
