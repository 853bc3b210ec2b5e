"""The industry tree GB/T 4754: what an industry code inherits from class, division and section."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

BY_DIVISION = "by_division"


@dataclass(frozen=True)
class Industry:
    code: str
    level: str
    parent: str
    name_en: str
    name_zh: str
    size_class: str
    policy_class: str
    policy_provenance: str


@dataclass(frozen=True)
class Industries:
    """Sections (C), divisions (C31) and classes (C3110). A code not listed falls back to its division."""

    by_code: Mapping[str, Industry]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Tree from the body of the rule `industries/gbt4754`. Raises ValueError on a row without its parent."""
        tree = {
            row["code"]: Industry(
                code=row["code"],
                level=row["level"],
                parent=row["parent"],
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                size_class=row["size_class"],
                policy_class=row["policy_class_default"],
                policy_provenance=row["policy_provenance"],
            )
            for row in body["tables"]["industries"]
        }
        for industry in tree.values():
            if industry.level != "section" and industry.parent not in tree:
                raise ValueError(f"industries: {industry.code} has no parent {industry.parent!r}")
        return cls(tree)

    def nearest(self, code: str) -> Industry:
        """The industry of a code, or its closest listed ancestor. Raises LookupError for an unknown section."""
        for length in (len(code), 3, 1):
            found = self.by_code.get(code[:length])
            if found is not None:
                return found
        raise LookupError(f"no industry {code!r}")

    def section(self, code: str) -> str:
        """Letter of the section, A … T."""
        return self.nearest(code).code[0]

    def size_class(self, code: str) -> str | None:
        """Class of the size rule; None where the industry has none, or the code names only a mixed section."""
        size_class = self.nearest(code).size_class
        return None if size_class in ("none", BY_DIVISION) else size_class
