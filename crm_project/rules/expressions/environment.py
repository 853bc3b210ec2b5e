"""What an expression may speak of: the metrics of one subject kind and the code lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

# value_type of the catalogue -> type of the language
TYPE_OF = {
    "ratio": "ratio",
    "pp": "pp",
    "money_cny": "money",
    "days": "days",
    "count": "count",
    "date": "date",
    "code": "code",
}
DEFAULT_UNIT = {
    "number": "",
    "ratio": "fraction",
    "pp": "pp",
    "money": "CNY",
    "days": "days",
    "count": "count",
    "date": "date",
    "code": "code",
    "bool": "",
}
NUMERIC = frozenset({"number", "ratio", "pp", "money", "days", "count"})
STATEMENT_RULES = frozenset({"period_end", "ttm"})


@dataclass(frozen=True)
class ValueType:
    """Type of a value. name: number, ratio, pp, money, days, count, date, code, bool or string (a bare code name).

    unit: how it is shown (fraction, times, CNY, quarters, …). code_list: only for name code.
    """

    name: str
    unit: str
    code_list: str = ""

    @classmethod
    def of(cls, name: str) -> Self:
        return cls(name, DEFAULT_UNIT[name])

    @property
    def is_numeric(self) -> bool:
        return self.name in NUMERIC


@dataclass(frozen=True)
class Metric:
    """A name an expression may use. value_type as in the catalogue.

    from_statements: comes with financial statements, so its past is counted in quarters and years,
    not in calendar months and days.
    """

    key: str
    subject: str
    value_type: str
    unit: str = ""
    code_list: str = ""
    from_statements: bool = False

    @property
    def type(self) -> ValueType:
        name = TYPE_OF[self.value_type]
        return ValueType(name, self.unit or DEFAULT_UNIT[name], self.code_list)


@dataclass(frozen=True)
class Environment:
    """Names known to an expression that judges one kind of subject.

    metrics: by key, of every subject kind, so that a foreign one is named as such.
    codes: per list, code name -> position in the list.
    Raises ValueError for a value type the language does not know or a coded metric without its list.
    """

    subject: str
    metrics: Mapping[str, Metric]
    codes: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        for key, metric in self.metrics.items():
            if metric.value_type not in TYPE_OF:
                raise ValueError(f"metric {key}: unknown value type {metric.value_type!r}")
            if metric.value_type == "code" and metric.code_list not in self.codes:
                raise ValueError(f"metric {key}: no code list {metric.code_list!r}")

    def judging(self, subject: str) -> "Environment":
        """The same names for another kind of subject."""
        return replace(self, subject=subject)

    def extended(
        self, metrics: Iterable[Metric], codes: Mapping[str, Mapping[str, int]] | None = None
    ) -> "Environment":
        """With further inputs, for instance those of a rating sheet; a known key is replaced."""
        added = {metric.key: metric for metric in metrics}
        return replace(self, metrics={**self.metrics, **added}, codes={**self.codes, **(codes or {})})


def environment_from_tables(
    subject: str,
    metrics: Iterable[Mapping[str, str]],
    codes: Iterable[Mapping[str, str]],
    code_lists: Mapping[str, str],
) -> Environment:
    """Environment from the rows of metrics.csv and codes.csv.

    code_lists: coded metric -> its list where that is not named like the metric.
    Raises ValueError as Environment does.
    """
    lists: dict[str, dict[str, int]] = {}
    for row in codes:
        lists.setdefault(row["list"], {})[row["code"]] = int(row["order"])
    known = {}
    for row in metrics:
        key, value_type = row["key"], row["value_type"]
        code_list = code_lists.get(key, key) if value_type == "code" else ""
        from_statements = row["as_of_rule"] in STATEMENT_RULES
        known[key] = Metric(key, row["subject"], value_type, row["unit"], code_list, from_statements)
    return Environment(subject, known, lists)
