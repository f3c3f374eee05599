"""Passwords, PINs and SIP secrets: what is strong enough and what is drawn."""

from hashlib import md5, sha256

import pytest

from models.rules.common_passwords import COMMON_STEMS
from models.rules.password import (
    LONGEST,
    OWN_NAME,
    TOO_COMMON,
    TOO_SHORT,
    password_violation,
    random_password,
)
from models.rules.pin import pin_length, pin_violation, random_pin
from models.rules.sip_secret import (
    random_secret,
    random_voicemail_pins,
    realm_violation,
    secret_violation,
    sip_hashes,
    username_violation,
)
from models.rules.violation import Violation


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "zwölf Zeichen", "Xk9mQ2pt", "abC4+fgh", "пароль-из-трёх-слов"),
        "x1!" * 4 + "q",
    ],
)
def test_long_or_mixed_passwords_are_strong(password: str) -> None:
    assert password_violation(password) is None


@pytest.mark.parametrize(
    ("password", "violation"),
    [
        ("", TOO_SHORT),
        ("Ab1!xyz", TOO_SHORT),
        ("abcdefg1", TOO_SHORT),
        ("kfwqzpmxtrb", TOO_SHORT),
        ("password", TOO_SHORT),
        ("Password1", TOO_COMMON),
        ("P@ssw0rd2024", TOO_COMMON),
        ("Passw0rd!", TOO_COMMON),
        ("123456789012", TOO_COMMON),
        ("987654321098", TOO_COMMON),
        ("abcdefghijkl", TOO_COMMON),
        ("aaaaaaaaaaaa", TOO_COMMON),
        ("abababababab", TOO_COMMON),
        ("qwertyuiop!!", TOO_COMMON),
        ("!!Summer2026", TOO_COMMON),
    ],
)
def test_weak_passwords_are_refused(password: str, violation: Violation) -> None:
    assert password_violation(password) == violation


def test_a_password_is_not_its_accounts_name_in_any_case() -> None:
    known = ("Operator-4711-x", "Ann.Lee@example.com", None)
    assert password_violation("OPERATOR-4711-X", known) == OWN_NAME
    assert password_violation("ann.lee@EXAMPLE.com", known) == OWN_NAME
    assert password_violation("ann.lee@example.org", known) is None


def test_hashing_is_never_asked_of_a_novel() -> None:
    assert password_violation("aB1 " * LONGEST) is not None


def test_generated_passwords_are_strong_and_differ() -> None:
    drawn = {random_password() for _ in range(200)}
    assert len(drawn) == 200
    assert all(len(password) == 16 and password_violation(password) is None for password in drawn)


def test_the_words_of_common_passwords_are_bare() -> None:
    assert all(word.isalpha() and word.islower() for word in COMMON_STEMS)


@pytest.mark.parametrize(("pin", "good"), [("000000", True), ("123456789012", True)])
def test_pins_are_six_to_twelve_digits(pin: str, good: bool) -> None:
    assert (pin_violation(pin) is None) is good


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "12345a", "", "١٢٣٤٥٦", "123456\n"])
def test_other_pins_are_refused(pin: str) -> None:
    assert pin_violation(pin) is not None


@pytest.mark.parametrize(
    ("live", "wanted", "length"),
    [(0, 1, 6), (9_999, 1, 6), (10_000, 1, 7), (0, 1_000_000, 8), (10**10, 10**9, 12)],
)
def test_pins_grow_so_that_guessing_stays_a_one_in_a_hundred(
    live: int, wanted: int, length: int
) -> None:
    assert pin_length(6, live, wanted) == length


def test_drawn_pins_have_their_length() -> None:
    drawn = [random_pin(8) for _ in range(100)]
    assert all(len(pin) == 8 and pin_violation(pin) is None for pin in drawn)
    assert len(set(drawn)) > 90


@pytest.mark.parametrize("username", ["abc", "4930901820", "Ann.Lee_2-x", "a" * 64])
def test_user_names_of_phones(username: str) -> None:
    assert username_violation(username) is None


@pytest.mark.parametrize("username", ["ab", "a" * 65, "a b c", "ann@x", "ann+1", "a<b>c", "abc\n"])
def test_other_user_names_are_refused(username: str) -> None:
    assert username_violation(username) is not None


@pytest.mark.parametrize(
    "realm", ["localhost", "sip.example.com", "a-1.b", "xn--bcher-kva.example"]
)
def test_realms_are_host_names(realm: str) -> None:
    assert realm_violation(realm) is None


@pytest.mark.parametrize(
    "realm", ["", "Sip.example", "-a.b", "a..b", "a.", "a b", "a_b", "x" * 64, "a.b\n", "a." * 130]
)
def test_other_realms_are_refused(realm: str) -> None:
    assert realm_violation(realm) is not None


def test_own_secrets_are_long_and_no_other_name() -> None:
    assert secret_violation("a long secret", ("ann", None)) is None
    assert secret_violation("short secre") is not None
    assert secret_violation("Ann.Lee.Phone", ("ann.lee.phone",)) is not None
    assert secret_violation("a long\nsecret") is not None


def test_drawn_secrets_differ_and_are_letters_and_digits() -> None:
    drawn = {random_secret() for _ in range(200)}
    assert len(drawn) == 200
    assert all(len(secret) == 20 and secret.isascii() and secret.isalnum() for secret in drawn)


def test_voicemail_pins_are_six_digits() -> None:
    assert all(len(pin) == 6 and pin.isdecimal() for pin in random_voicemail_pins(1000))


def test_the_hashes_are_those_of_digest_authentication() -> None:
    hashes = sip_hashes("bob", "biloxi.com", "zanzibar")
    assert hashes.ha1 == "12af60467a33e8518da5c68bbff12b11"
    assert hashes.ha1b == md5(b"bob@biloxi.com:biloxi.com:zanzibar").hexdigest()
    assert hashes.ha1_sha256 == sha256(b"bob:biloxi.com:zanzibar").hexdigest()


def test_the_sha_256_hash_is_that_of_rfc_7616() -> None:
    hashes = sip_hashes("Mufasa", "http-auth@example.org", "Circle of Life")
    assert hashes.ha1 == "3d78807defe7de2157e2b0b6573a855f"
    assert hashes.ha1_sha256 == sha256(b"Mufasa:http-auth@example.org:Circle of Life").hexdigest()
