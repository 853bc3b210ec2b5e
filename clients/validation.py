"""Checks of input, the same for page, API and import; messages name what is wrong."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_project.rules.identifiers import BadIdentifier, parse_uscc

USCC_MESSAGES = {
    "length": _("A unified social credit code has 18 characters."),
    "character": _("The code contains a character that such codes do not use (I, O, S, V and Z never occur)."),
    "department": _("The code does not begin with a known registration department."),
    "check_digit": _("The check digit does not fit: a character is wrong or two are swapped."),
}


def clean_uscc(text: str) -> str:
    """The code in its one form. Raises ValidationError naming what is wrong."""
    try:
        return parse_uscc(text)
    except BadIdentifier as error:
        raise ValidationError(USCC_MESSAGES.get(error.code, USCC_MESSAGES["check_digit"]), code=error.code) from error
