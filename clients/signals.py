"""News of this room for the rooms above it."""

from django.dispatch import Signal

statements_booked = Signal()
"""Sent inside the transaction with client, statements and by."""

project_rerooted = Signal()
"""A project company took the project over: sent inside the transaction with project (its new root) and by."""

rating_confirmed = Signal()
"""Sent inside the transaction with rating and by: a grade is in force from now on."""
