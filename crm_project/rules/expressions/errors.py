"""Refusals of the expression language: a stable code, a place in the text, parameters for translation."""

CODES = (
    "E_CHAR",
    "E_SYNTAX",
    "E_UNKNOWN_METRIC",
    "E_UNKNOWN_FUNCTION",
    "E_SUBJECT",
    "E_TYPE",
    "E_CODE",
    "E_PERIOD",
    "E_ARGUMENT",
    "E_DIV_ZERO",
    "E_NOT_VALUE",
    "E_NOT_CONDITION",
    "E_LIMIT_LENGTH",
    "E_LIMIT_DEPTH",
    "E_LIMIT_NODES",
    "E_LIMIT_METRICS",
    "E_LIMIT_LAGS",
)


class ExpressionError(Exception):
    """An expression that is refused.

    code: one of CODES. message: English, for a log or a developer; pages translate code and params.
    start, end: the offending characters as offsets into the text, end exclusive and after start,
    so that at least one place can be underlined (it may lie just behind the last character).
    """

    def __init__(self, code: str, message: str, start: int, end: int, **params: object) -> None:
        self.code = code
        self.message = message
        self.start = start
        self.end = max(end, start + 1)
        self.params = params
        super().__init__(f"{code} at {self.column}: {message}")

    @property
    def column(self) -> int:
        """Place of the first offending character, counted from 1."""
        return self.start + 1
