"""Questions about many plans."""

from django.db.models import CharField, DecimalField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from financing.models import Plan, PlanVersion

NUMBER = DecimalField(max_digits=40, decimal_places=6)


def with_newest(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """Adds of each plan's newest version: newest_name, newest_debt, newest_minimum, newest_capital."""
    newest = PlanVersion.objects.filter(plan=OuterRef("pk")).order_by("-no")

    def figure(name: str) -> Subquery:
        value = newest.annotate(figure=Cast(KT(f"result__figures__{name}"), NUMBER)).values("figure")[:1]
        return Subquery(value, output_field=NUMBER)

    return plans.annotate(
        newest_name=Subquery(newest.values("name")[:1], output_field=CharField()),
        newest_debt=figure("debt"),
        newest_minimum=figure("minimum"),
        newest_capital=figure("capital_ratio"),
    )
