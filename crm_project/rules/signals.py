"""News of rules. The package above writes the journal from them."""

from django.dispatch import Signal

ruleset_activated = Signal()
"""Sent inside the transaction: ruleset, person (who approved)."""

ruleset_confirmed = Signal()
"""An unconfirmed rule may speak from now on, sent inside the transaction: ruleset, person, code `read` or `use`."""
