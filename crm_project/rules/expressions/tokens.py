"""Text to tokens. Source: grammar of the expression language, RULES §9.3."""

import re
from dataclasses import dataclass

from .errors import ExpressionError

MAX_LENGTH = 500

TOKEN = re.compile(
    r"(?P<period>[0-9]+[dmqy])(?![A-Za-z0-9_])"
    r"|(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?[%万亿]?)"
    r"|(?P<name>[a-z][a-z0-9_]*)"
    r"|(?P<code>'[a-z0-9_]*')"
    r"|(?P<symbol><=|>=|!=|[-+*/<>=(),])"
)
BLANK = re.compile(r"\s*")


@dataclass(frozen=True)
class Token:
    """kind: period, number, name, code, symbol or end. start, end: offsets, end exclusive."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Tokens of the text, closed by one of kind end that stands behind the last character.

    Raises ExpressionError: E_LIMIT_LENGTH, E_CHAR.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            "E_LIMIT_LENGTH", f"longer than {MAX_LENGTH} characters", MAX_LENGTH, len(text), limit=MAX_LENGTH
        )
    tokens = []
    position = _skip_blanks(text, 0)
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            char = text[position]
            raise ExpressionError(
                "E_CHAR", f"character {char!r} is not part of the language", position, position + 1, ch=char
            )
        tokens.append(Token(str(match.lastgroup), match.group(), match.start(), match.end()))
        position = _skip_blanks(text, match.end())
    end = tokens[-1].end if tokens else 0
    tokens.append(Token("end", "", end, end))
    return tokens


def _skip_blanks(text: str, position: int) -> int:
    match = BLANK.match(text, position)
    return match.end() if match else position
