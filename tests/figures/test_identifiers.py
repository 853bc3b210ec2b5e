"""Identifiers, with numbers published or computed in RULES §6 and python-stdnum's own test list."""

import pytest

from crm_project.rules.identifiers import (
    ALPHABET,
    BadIdentifier,
    luhn_fits,
    normalise,
    organisation_code_fits,
    parse_account_number,
    parse_cnaps,
    parse_organisation_code,
    parse_resident_id,
    parse_uscc,
    uscc_check_character,
)

PUBLISHED_USCC = [
    "91512081MA62K0260E",
    "91110000600037341L",
    "91310115MA1K3BTP2B",
    "9144030071526726XG",
    "9115220107837941X1",
    "913205056082348768",
    "91310112087994932F",
    "91620105L015101280",
    "121200004013590816",
    "92340603MA2PBMCG0U",
]
SYNTHETIC_USCC = ["91440300MA5TERT15Q", "91000000MA00000157", "N2370613MF12345673", "12100000400000018N"]


@pytest.mark.parametrize("code", PUBLISHED_USCC + SYNTHETIC_USCC)
def test_valid_uscc_passes_with_its_organisation_code(code):
    assert parse_uscc(code) == code
    assert organisation_code_fits(code)


@pytest.mark.parametrize(
    ("code", "error", "position"),
    [
        ("91310115MA1G4L1WXK", "check_digit", 18),  # printed as an example by a web page
        ("A1110000600037341L", "check_digit", 18),
        ("91110000600037341N", "check_digit", 18),
        ("9111000060003IOZSV", "character", 14),
        ("911100006000373 4L", "length", 0),
        ("91110000600037341L0", "length", 0),
        ("", "length", 0),
        ("911A0000600037341L", "character", 4),  # the region has digits only
        ("B1110000600037341L", "department", 1),
        ("01110000600037341L", "department", 1),
    ],
)
def test_wrong_uscc_says_what_is_wrong_and_where(code, error, position):
    with pytest.raises(BadIdentifier) as refused:
        parse_uscc(code)
    assert (refused.value.code, refused.value.position) == (error, position)


def test_full_width_lower_case_and_separators_are_normalised():
    assert parse_uscc(" 9144-0300 ｍａ5tert15ｑ ") == "91440300MA5TERT15Q"
    assert normalise("３１３６５１０２７０１２") == "313651027012"


@pytest.mark.parametrize("department", "123456789ANY")
def test_every_department_of_the_standard_is_accepted(department):
    body = department + "2370613MF1234567"
    assert parse_uscc(body + uscc_check_character(body))[0] == department


@pytest.mark.parametrize("code", PUBLISHED_USCC)
def test_no_single_wrong_character_of_a_uscc_passes(code):
    for place in range(18):
        for letter in ALPHABET.replace(code[place], ""):
            with pytest.raises(BadIdentifier):
                parse_uscc(code[:place] + letter + code[place + 1 :])


def test_organisation_code_has_its_own_check_and_only_warns():
    assert parse_organisation_code("PDY00001-X") == "PDY00001X"
    assert parse_organisation_code("D2143569-X") == "D2143569X"
    with pytest.raises(BadIdentifier, match="check_digit"):
        parse_organisation_code("D2143569-1")
    body = "91000000MA0000016"  # organisation code ends 6 where 5 is right
    assert not organisation_code_fits(parse_uscc(body + uscc_check_character(body)))


@pytest.mark.parametrize(
    ("number", "born_on", "is_male"),
    [
        ("11010519491231002X", "1949-12-31", False),
        ("440524188001010014", "1880-01-01", True),
        ("360426199101010071", "1991-01-01", True),
    ],
)
def test_resident_id_gives_birthday_and_sex(number, born_on, is_male):
    read = parse_resident_id(number.lower())
    assert (read.number, read.born_on.isoformat(), read.is_male) == (number, born_on, is_male)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("36042619910102009X", "check_digit"),
        ("360426199113010071", "date"),
        ("360426199102300071", "date"),
        ("36042619910101007", "length"),
        ("36042619910101OO71", "character"),
        ("36042619910101007A", "character"),
    ],
)
def test_wrong_resident_id_says_what_is_wrong(number, error):
    with pytest.raises(BadIdentifier, match=error):
        parse_resident_id(number)


CNAPS = [
    "313651027012",
    "313651024047",
    "313651021013",
    "313522004113",
    "306305004203",
    "102100099996",
    "104100000004",
    "105100000017",
    "103100000026",
    "308584000013",
    "306302004173",
    "306731002546",
    "313229000539",
    "313537000059",
    "313231200494",
    "313655002029",
]


@pytest.mark.parametrize("code", CNAPS)
def test_bank_number_passes_and_no_single_wrong_digit_does(code):
    assert parse_cnaps(code) == code
    for place in range(12):
        for digit in "0123456789".replace(code[place], ""):
            with pytest.raises(BadIdentifier, match="check_digit"):
                parse_cnaps(code[:place] + digit + code[place + 1 :])


def test_bank_number_of_wrong_shape_is_refused():
    for text, error in (("31365102701", "length"), ("31365102701A", "character")):
        with pytest.raises(BadIdentifier, match=error):
            parse_cnaps(text)


def test_luhn_tells_right_card_numbers_from_wrong_ones():
    assert luhn_fits("79927398713")
    assert luhn_fits("4111 1111 1111 1111")
    assert luhn_fits("4532015112830366")
    assert not luhn_fits("79927398710")
    assert not luhn_fits("")
    assert not luhn_fits("7992739871X")


def test_settlement_account_number_has_no_check_digit():
    assert parse_account_number("0200 0010 0900 0000 01") == "020000100900000001"
    for text, error in (("1234567", "length"), ("1" * 33, "length"), ("1234567*9", "character")):
        with pytest.raises(BadIdentifier, match=error):
            parse_account_number(text)
