"""Refused sign-ins: what a digest disproves, what they are counted by, how little is remembered."""

from __future__ import annotations

from hashlib import md5

import pytest

from gateway.directory import refusals as gathering
from gateway.directory.refusals import Refusals
from models.rules.networks import is_within, source_of
from models.rules.refusal import Refusal, RefusalReason, RefusedKind, disproves
from models.switch.refusal import mark_of_probe
from tests.people import install_key

WRONG = RefusalReason.WRONG_SECRET
# RFC 2617, section 3.5.
EXAMPLE = {
    "method": "GET",
    "uri": "/dir/index.html",
    "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "nc": "00000001",
    "cnonce": "0a4f113b",
    "qop": "auth",
    "response": "6629fae49393a05397450978507c4ef1",
}
HA1 = md5(b"Mufasa:testrealm@host.com:Circle Of Life").hexdigest()


def told(**words: str) -> Refusal:
    given = {"user": "desk", "domain": "sip.example", "source": "203.0.113.7"}
    return Refusal.told("WRONG_SECRET", given | words)


def test_the_example_of_the_specification_is_proven() -> None:
    assert not disproves(HA1, EXAMPLE)
    assert disproves("0" * 32, EXAMPLE)
    assert disproves(HA1, EXAMPLE | {"response": "0" * 32})
    assert disproves(HA1, EXAMPLE | {"uri": "/other"})


def test_an_old_digest_without_protection_is_judged_as_well() -> None:
    ha2 = md5(b"GET:/dir/index.html").hexdigest()
    response = md5(f"{HA1}:{EXAMPLE['nonce']}:{ha2}".encode()).hexdigest()
    old = EXAMPLE | {"qop": "", "response": response.upper()}
    assert not disproves(HA1, old)
    assert disproves("0" * 32, old)


@pytest.mark.parametrize("gone", [{"response": ""}, {"nonce": ""}, {"qop": "auth-int"}])
def test_what_proves_nothing_disproves_nothing(gone: dict[str, str]) -> None:
    assert not disproves("0" * 32, EXAMPLE | gone)


def test_a_refusal_is_counted_by_its_source_and_its_name() -> None:
    assert list(told().subjects) == [
        (RefusedKind.SOURCE, "203.0.113.7"),
        (RefusedKind.USER, "desk@sip.example"),
    ]


@pytest.mark.parametrize("user", ["", "a b", 'a"b', "<a>", "a\nb", "x" * 65, "a'; DROP TABLE--"])
def test_a_name_that_nobody_can_have_is_counted_by_its_source_alone(user: str) -> None:
    assert [kind for kind, _ in told(user=user).subjects] == [RefusedKind.SOURCE]


def test_a_source_is_an_address_or_the_subscribers_network() -> None:
    assert source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert source_of("203.0.113.7") == "203.0.113.7"
    assert [source_of(odd) for odd in ("", "nowhere", "203.0.113.7:5060", "<x>")] == [None] * 4
    assert told(source="'; --").source == ""


def test_a_phone_that_calls_itself_oddly_leaves_only_what_can_be_printed() -> None:
    assert told(agent="a\r\nb\x00" + "x" * 300).user_agent == "ab" + "x" * 253
    assert Refusal.told("anything", {}).reason is RefusalReason.OFF_OR_UNKNOWN


def test_an_address_is_of_a_network_or_is_not() -> None:
    assert is_within("192.0.2.9", ["203.0.113.0/24", "192.0.2.0/28"])
    assert not is_within("192.0.2.99", ["192.0.2.0/28"])
    assert not is_within("nowhere", ["0.0.0.0/0"])


def test_what_is_gathered_is_bounded_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_SUBJECTS", 100)
    install_key()
    gathered = Refusals()
    for number in range(1_000):
        gathered.tell(told(user=f"user-{number}"))
    assert len(gathered._counted) == 100
    source = gathered._counted[RefusedKind.SOURCE, "203.0.113.7"]
    assert (source.failures, source.last.username) == (1_000, "user-999")


def test_only_the_house_can_say_that_a_try_is_its_own() -> None:
    install_key()
    gathered = Refusals()
    gathered.tell(told(agent=mark_of_probe("desk@sip.example")))
    assert gathered._counted == {}
    gathered.tell(told(agent=mark_of_probe("hall@sip.example")))
    assert len(gathered._counted) == 2
