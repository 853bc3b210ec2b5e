"""Identifiers of Chinese organisations, persons and banks: check, normalise, read. Source: RULES §6.

Every parser returns the normalised identifier (half-width, upper case, without blanks and hyphens) or raises
BadIdentifier with a stable code: length, character, department, date or check_digit.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECK = "10X98765432"
REGION_DIGITS = range(2, 8)

DEPARTMENTS = {
    "1": ("Institutions commission", "机构编制"),
    "2": ("Foreign affairs", "外交"),
    "3": ("Justice", "司法行政"),
    "4": ("Culture", "文化"),
    "5": ("Civil affairs", "民政"),
    "6": ("Tourism", "旅游"),
    "7": ("Religious affairs", "宗教"),
    "8": ("Trade unions", "工会"),
    "9": ("Market regulation", "市场监管"),
    "A": ("Military institutions commission", "中央军委改革和编制办公室"),
    "N": ("Agriculture", "农业"),
    "Y": ("Other", "其他"),
}


class BadIdentifier(ValueError):
    """`code`: length, character, department, date or check_digit; `position`: place of the character, from 1, or 0."""

    def __init__(self, code: str, position: int = 0) -> None:
        super().__init__(f"{code} at {position}" if position else code)
        self.code = code
        self.position = position


@dataclass(frozen=True)
class ResidentId:
    number: str
    born_on: date
    is_male: bool


def normalise(text: str) -> str:
    """Half-width, upper case, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def uscc_check_character(body: str) -> str:
    """Check character of the first 17 characters of a unified social credit code (GB 32100-2015)."""
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def parse_uscc(text: str) -> str:
    """A unified social credit code, checked and normalised. Departments A, N and Y are valid.

    Raises BadIdentifier: length, character (I, O, S, V, Z, or a letter in the region), department, check_digit.
    """
    code = normalise(text)
    if len(code) != 18:
        raise BadIdentifier("length")
    for place, letter in enumerate(code):
        if letter not in ALPHABET or (place in REGION_DIGITS and not letter.isdigit()):
            raise BadIdentifier("character", place + 1)
    if code[0] not in DEPARTMENTS:
        raise BadIdentifier("department", 1)
    if uscc_check_character(code[:17]) != code[17]:
        raise BadIdentifier("check_digit", 18)
    return code


def organisation_check_character(body: str) -> str:
    """Check character of the eight characters of an organisation code (GB 11714-1997)."""
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body, ORGANISATION_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return "X" if rest == 10 else str(rest % 11)


def parse_organisation_code(text: str) -> str:
    """An organisation code of nine characters. Raises BadIdentifier: length, character, check_digit."""
    code = normalise(text)
    if len(code) != 9:
        raise BadIdentifier("length")
    for place, letter in enumerate(code):
        if letter not in ORGANISATION_ALPHABET:
            raise BadIdentifier("character", place + 1)
    if organisation_check_character(code[:8]) != code[8]:
        raise BadIdentifier("check_digit", 9)
    return code


def organisation_code_fits(uscc: str) -> bool:
    """Whether the organisation code inside a valid uscc has its own check character right.

    False is a warning, not a refusal: new bodies may not follow the older standard.
    """
    code = normalise(uscc)[8:17]
    return organisation_check_character(code[:8]) == code[8]


def parse_resident_id(text: str) -> ResidentId:
    """A resident identity number of 18 characters (GB 11643-1999).

    Raises BadIdentifier: length, character, date (no such day), check_digit.
    """
    number = normalise(text)
    if len(number) != 18:
        raise BadIdentifier("length")
    _refuse_non_digits(number[:17])
    if number[17] not in RESIDENT_CHECK:
        raise BadIdentifier("character", 18)
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadIdentifier("date", 7) from None
    total = sum(int(digit) * weight for digit, weight in zip(number, RESIDENT_WEIGHTS, strict=False))
    if RESIDENT_CHECK[total % 11] != number[17]:
        raise BadIdentifier("check_digit", 18)
    return ResidentId(number, born_on, is_male=int(number[16]) % 2 == 1)


def parse_cnaps(text: str) -> str:
    """A payment-system bank number of 12 digits; check digit by ISO 7064 MOD 11,10.

    Raises BadIdentifier: length, character, check_digit.
    """
    code = normalise(text)
    if len(code) != 12:
        raise BadIdentifier("length")
    _refuse_non_digits(code)
    product = 10
    for digit in code[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    if (11 - product) % 10 != int(code[-1]):
        raise BadIdentifier("check_digit", 12)
    return code


def luhn_fits(text: str) -> bool:
    """Whether a card number has a right check digit. Corporate account numbers have none: never refuse one by this."""
    digits = normalise(text)
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    pairs = zip_longest(digits[-1::-2], digits[-2::-2], fillvalue="0")
    for single, doubled in pairs:
        total += int(single) + sum(divmod(2 * int(doubled), 10))
    return total % 10 == 0


def parse_account_number(text: str) -> str:
    """A settlement account number, 8 to 32 digits or capitals, no common check.

    Raises BadIdentifier: length, character.
    """
    number = normalise(text)
    if not 8 <= len(number) <= 32:
        raise BadIdentifier("length")
    for place, letter in enumerate(number):
        if not (letter.isascii() and letter.isalnum()):
            raise BadIdentifier("character", place + 1)
    return number


def _refuse_non_digits(text: str) -> None:
    for place, letter in enumerate(text):
        if not (letter.isascii() and letter.isdigit()):
            raise BadIdentifier("character", place + 1)
