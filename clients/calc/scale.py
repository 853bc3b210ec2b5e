"""The master scale R1 … R15, D: order of grades, score bands and default probabilities. Source: RULES §22."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from clients.calc.explanation import decimal_of, optional_decimal

DEFAULT_GRADE = "D"


@dataclass(frozen=True)
class Grade:
    """One step of the scale. Score bands are half-open, [score_from, score_below); pd is a fraction."""

    code: str
    score_from: Decimal | None
    score_below: Decimal | None
    pd: Decimal
    band: str
    band_en: str
    band_zh: str
    investment: bool


@dataclass(frozen=True)
class MasterScale:
    """Grades from best to worst, the default grade last."""

    grades: tuple[Grade, ...]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Scale from the body of the rule `rating/corporate`.

        Raises ValueError where the bands do not join or default probabilities do not rise strictly.
        """
        grades = tuple(
            Grade(
                code=row["grade"],
                score_from=optional_decimal(row["score_from"]),
                score_below=optional_decimal(row["score_below"]),
                pd=decimal_of(row["pd"]),
                band=row["band"],
                band_en=row["band_en"],
                band_zh=row["band_zh"],
                investment=row["investment"] == "1",
            )
            for row in body["tables"]["scale"]
        )
        for better, worse in zip(grades, grades[1:], strict=False):
            if worse.pd <= better.pd:
                raise ValueError(f"scale: default probability of {worse.code} is not above that of {better.code}")
            if worse.code != DEFAULT_GRADE and worse.score_below != better.score_from:
                raise ValueError(f"scale: bands of {better.code} and {worse.code} do not join")
        if not grades or grades[-1].code != DEFAULT_GRADE:
            raise ValueError("scale: the last grade must be D")
        return cls(grades)

    def __getitem__(self, code: str) -> Grade:
        return self.grades[self.position(code)]

    def position(self, code: str) -> int:
        """Place of a grade, 0 = best. Raises KeyError for a grade that is not on the scale."""
        for place, grade in enumerate(self.grades):
            if grade.code == code:
                return place
        raise KeyError(code)

    def of_score(self, score: Decimal) -> str:
        """Grade whose band holds the unrounded score (0 … 100); never the default grade."""
        for grade in self.grades:
            if grade.score_from is None or score >= grade.score_from:
                return grade.code
        raise ValueError("scale: the last scored grade must have no lower bound")

    def worst(self, codes: Iterable[str]) -> str:
        """The worst of some grades."""
        return max(codes, key=self.position)

    def is_worse(self, code: str, than: str) -> bool:
        """Whether the first grade is strictly worse than the second."""
        return self.position(code) > self.position(than)

    def moved(self, code: str, steps: int) -> str:
        """Grade `steps` places worse (negative: better), kept on the scale and out of default."""
        place = min(max(self.position(code) + steps, 0), len(self.grades) - 2)
        return self.grades[place].code
