"""How a service says no."""


class RuleBroken(Exception):
    """A rule of the bank forbids the act. `rule` is a stable code, `message` for the person, `field` where it hurts."""

    def __init__(self, rule: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.field = field


class RuleSilent(RuleBroken, LookupError):
    """An unconfirmed rule is in force, but nobody has read its text and the bank has not decided to use it."""

    def __init__(self, message: str, kind: str, scope: str) -> None:
        super().__init__("rule_silent", message)
        self.kind, self.scope = kind, scope


class Stale(Exception):
    """Somebody else changed the row since it was read; nothing was written."""
