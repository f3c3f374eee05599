"""E-mail addresses, telephone numbers and free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.email import email_violation, folded_email
from models.rules.phone import (
    comparable,
    is_anonymous,
    line_number_violation,
    phone_violation,
    prefix_violation,
)
from models.rules.text import note_violation, required_violation, text_violation


@pytest.mark.parametrize(
    "address",
    [
        *("ann@example.com", "a.b+tag@mail.example.co.uk", "x@xn--bcher-kva.example"),
        *("admin@localhost", "o'neil_7@a-b.example", "a" * 64 + "@example.com"),
    ],
)
def test_an_address_that_mail_can_reach_is_taken(address: str) -> None:
    assert email_violation(address) is None


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com", "a b@example.com"),
        *(".ann@example.com", "ann.@example.com", "a..b@example.com", "ann@-x.com", "ann@x-.com"),
        *("ann@example..com", "ann@[127.0.0.1]", "ann@127.0.0.1", '"ann"@example.com'),
        *("ann@example.com\n", "ann@example.com\r\nBcc: x@y.z", "Ann <ann@example.com>"),
        *("ann@example.com,bob@example.com", "ánn@example.com", "a" * 65 + "@example.com"),
        "a@" + ".".join(["x" * 60] * 5),
    ],
)
def test_other_texts_are_no_addresses(address: str) -> None:
    assert email_violation(address) is not None


def test_case_makes_no_other_address() -> None:
    assert folded_email(" Ann@Example.COM") == folded_email("ann@example.com")


@given(st.text(max_size=300))
def test_any_text_is_judged_without_a_fault(text: str) -> None:
    for rule in (email_violation, phone_violation, line_number_violation, prefix_violation):
        rule(text)
    comparable(text)


@pytest.mark.parametrize("number", ["5", "+49 (30) 901-820", "0" * 32])
def test_telephone_numbers_as_typed(number: str) -> None:
    assert phone_violation(number) is None


@pytest.mark.parametrize("number", ["", "()", "1" * 33, "12x", "1\n", "1,2", "٣٣٣"])
def test_other_texts_are_no_telephone_numbers(number: str) -> None:
    assert phone_violation(number) is not None


@pytest.mark.parametrize(
    ("number", "good"), [("+4930", True), ("9" * 20, True), ("9" * 21, False), ("+", False)]
)
def test_numbers_of_the_house(number: str, good: bool) -> None:
    assert (line_number_violation(number) is None) is good


@pytest.mark.parametrize(
    ("prefix", "good"), [("0", True), ("9" * 15, True), ("9" * 16, False), ("+49", False)]
)
def test_a_blocked_prefix_is_up_to_fifteen_digits(prefix: str, good: bool) -> None:
    assert (prefix_violation(prefix) is None) is good


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+49 30 901820", "4930901820"),
        ("0049 30 901820", "4930901820"),
        ("4930901820", "4930901820"),
        ("+49 (30) 901-820", "4930901820"),
        ("+0049", "0049"),
        ("030", "030"),
        (None, None),
        ("", None),
        ("00", None),
        ("+", None),
        ("Anonymous", None),
        ("alice", None),
        ("12a", None),
    ],
)
def test_numbers_are_compared_by_their_digits(number: str | None, digits: str | None) -> None:
    assert comparable(number) == digits


@given(st.text("0123456789", min_size=1, max_size=20).filter(lambda n: not n.startswith("00")))
def test_plus_double_zero_and_spaces_make_no_other_number(digits: str) -> None:
    spaced = " ".join(digits)
    assert comparable("+" + digits) == comparable("00" + spaced) == comparable(digits) == digits


@pytest.mark.parametrize("number", [None, "", "  ", "anonymous", "Unknown", " RESTRICTED "])
def test_a_withheld_number_compares_with_nothing(number: str | None) -> None:
    assert is_anonymous(number)
    assert comparable(number) is None


@pytest.mark.parametrize("text", ["Nguyễn", "محمد\u200f", "क्‍ष", "👩‍👩‍👧", "O\u2019Hara & Søn"])
def test_every_script_is_welcome(text: str) -> None:
    assert text_violation(text, 80) is None


@pytest.mark.parametrize(
    "text", ["\x00", "a\tb", "a\nb", "\x85", "\u2028", "\u202e", "\u2066", "\udcff"]
)
def test_control_characters_and_turned_text_are_refused(text: str) -> None:
    assert text_violation(text, 80) is not None


def test_only_notes_have_several_lines() -> None:
    assert note_violation("one\r\ntwo\n\tthree", 80) is None
    assert note_violation("one\x0btwo", 80) is not None


@given(st.text(min_size=1, max_size=30), st.integers(1, 40))
def test_length_is_counted_in_characters(text: str, longest: int) -> None:
    violation = text_violation(text, longest)
    assert (violation is not None and violation.code == "TOO_LONG") == (len(text) > longest)


@pytest.mark.parametrize("text", [None, "", " ", "\u00a0\u2003"])
def test_white_space_is_nothing(text: str | None) -> None:
    assert required_violation(text) is not None
