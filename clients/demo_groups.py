"""Groups and relations of the demonstration: five groups, parents and subsidiaries, guarantees and a guarantee ring."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from clients.models import Client, Relation
from clients.services.relation import add_relation, set_group
from crm_project.organization.demo import World
from crm_project.organization.models import Staff

GROUPS = {
    # name: numbers of its members, the parent first; they sit in several branches
    "恒泽集团": (1, 10, 16, 31),
    "澜州城投集团": (0, 5, 8, 40),
    "港通集团": (2, 26, 50),
    "金桥控股集团": (3, 12, 33),
    "启明新材料集团": (7, 13, 23),
}
RING = ((0, 9, 6_000), (9, 18, 4_500), (18, 0, 3_800))
"""Guarantor, debtor, 万元: three clients of one manager that secure one another."""
GUARANTEES = ((4, 22, 1_200), (6, 15, 2_400), (15, 6, 1_800), (20, 29, 3_000), (11, 38, 900), (17, 35, 5_200))
PERSONS = ["梁冰", "何启文", "沈雁", "贺一鸣", "邱明", "袁朗"]
GROUP_KEEPER = "yufang"
"""The risk officer of the city branch, who sees the members of all its branches."""


def load_groups(world: World, clients: Sequence[Client]) -> None:
    keeper = Staff.objects.get(username=GROUP_KEEPER)
    for name, numbers in GROUPS.items():
        members = [clients[number] for number in numbers if number < len(clients)]
        for member in members:
            set_group(client=member, version=member.version, name=name, by=keeper)
            member.refresh_from_db()
        for member in members[1:]:
            _hold(world, members[0], member)
    for guarantor, debtor, amount in (*RING, *GUARANTEES):
        if max(guarantor, debtor) < len(clients):
            _secure(world, clients[guarantor], clients[debtor], amount)
    for number, person in enumerate(PERSONS):
        if number * 4 < len(clients):
            _own(world, clients[number * 4], person)


def _note(world: World, client: Client, kind: str, other: Client, **facts: object) -> None:
    manager = client.subject.manager
    assert manager is not None  # noqa: S101  (a client has one by constraint)
    add_relation(
        client=client,
        by=manager,
        kind=kind,
        other_name=other.name,
        other_code=other.uscc,
        since=world.today - timedelta(days=world.rng.randrange(60, 1500)),
        **facts,
    )


def _hold(world: World, parent: Client, member: Client) -> None:
    """Both files name the other side."""
    share = Decimal(world.rng.randrange(51, 101)) / 100
    _note(world, parent, Relation.Kind.CONTROLS, member, share=share, evidence="企业信用信息公示系统，股东及出资信息")
    _note(world, member, Relation.Kind.CONTROLLED_BY, parent, share=share, evidence="公司章程及股东名册")


def _secure(world: World, guarantor: Client, debtor: Client, amount: int) -> None:
    evidence = f"最高额保证合同 {world.today.year - 1}-{world.rng.randrange(100, 999)}"
    _note(world, guarantor, Relation.Kind.GUARANTEES, debtor, amount=Decimal(amount) * 10_000, evidence=evidence)


def _own(world: World, client: Client, person: str) -> None:
    manager = client.subject.manager
    assert manager is not None  # noqa: S101  (a client has one by constraint)
    add_relation(
        client=client,
        by=manager,
        kind=Relation.Kind.SHAREHOLDER,
        other_name=person,
        share=Decimal(world.rng.randrange(5, 30)) / 100,
        since=world.today - timedelta(days=world.rng.randrange(400, 3000)),
        evidence="公司章程及股东名册",
    )
    add_relation(
        client=client,
        by=manager,
        kind=Relation.Kind.EXECUTIVE,
        other_name=person,
        since=world.today - timedelta(days=world.rng.randrange(200, 1500)),
        evidence="任职决议",
    )
