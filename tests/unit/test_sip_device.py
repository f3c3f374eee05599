"""What a SIP device may be: forms, changes, and values that must not be more than text."""

from __future__ import annotations

from uuid import UUID

import pytest

from models.rules.enums import ActiveStatus
from models.rules.errors import ErrorCode, Problem
from models.rules.sip_device import (
    SipDeviceDraft,
    SipDevicePatch,
    VoicemailDraft,
    canonical_networks,
    mailbox_address,
)

ACCOUNT = UUID(int=7)


def problems(**said: object) -> set[tuple[str, ErrorCode]]:
    draft = SipDeviceDraft(account_id=ACCOUNT, **said)  # type: ignore[arg-type]  # a table of cases
    return _told(draft.problems("10001"))


def patched(**changes: object) -> set[tuple[str, ErrorCode]]:
    return _told(SipDevicePatch(changes).problems())


def _told(found: tuple[Problem, ...]) -> set[tuple[str, ErrorCode]]:
    return {(".".join(problem.field), problem.code) for problem in found}


def test_a_device_of_which_nothing_is_said_is_acceptable() -> None:
    assert problems() == set()


def test_every_broken_rule_is_listed_at_once() -> None:
    assert problems(
        username="a b",
        password="short",
        caller_id_name="${uuid}",
        caller_id_number="a b",
        codecs=("PCMU", "MP3"),
        max_calls=-1,
        allowed_networks=("10.0.0.1/8",),
        voicemail=VoicemailDraft(enabled=True, mail_to="nobody"),
    ) == {
        ("username", ErrorCode.INVALID),
        ("password", ErrorCode.PASSWORD_TOO_WEAK),
        ("callerIdName", ErrorCode.INVALID),
        ("callerIdNumber", ErrorCode.INVALID),
        ("codecs", ErrorCode.INVALID),
        ("maxCalls", ErrorCode.OUT_OF_RANGE),
        ("allowedNetworks", ErrorCode.INVALID),
        ("voicemail.mailTo", ErrorCode.INVALID),
    }


@pytest.mark.parametrize(
    "username", ["ab", "a" * 65, "a@b", "a b", "a<b", 'a"b', "a\nb", "ä-lice", "a/b", "a$b", ""]
)
def test_a_user_name_of_other_characters_or_lengths_is_refused(username: str) -> None:
    assert ("username", ErrorCode.INVALID) in problems(username=username)


def test_the_names_of_calls_from_listed_networks_can_not_be_chosen() -> None:
    assert problems(username=f"ip-{ACCOUNT}") == {("username", ErrorCode.INVALID)}
    assert problems(username=f"IP-{ACCOUNT}".upper()) == {("username", ErrorCode.INVALID)}
    assert problems(username="ip-phone") == set()


def test_a_secret_that_is_the_user_name_or_number_is_refused() -> None:
    weak = {("password", ErrorCode.PASSWORD_TOO_WEAK)}
    assert problems(username="office-phone-1", password="Office-Phone-1") == weak
    draft = SipDeviceDraft(account_id=ACCOUNT, password="123456789012")
    assert _told(draft.problems("123456789012")) == weak


@pytest.mark.parametrize("name", ["${system reboot}", "a{b}", '"Bob"', "<sip:a@b>", "a\\b", "`a`"])
def test_a_caller_name_is_never_more_than_text_to_a_switch(name: str) -> None:
    assert problems(caller_id_name=name) == {("callerIdName", ErrorCode.INVALID)}


def test_a_caller_name_may_be_of_any_script() -> None:
    assert problems(caller_id_name="Müller & Søn 株式会社") == set()


@pytest.mark.parametrize("address", ["a|b@example.com", "a`id`@example.com", "$a@example.com"])
def test_a_mailbox_is_not_mailed_to_what_a_shell_would_run(address: str) -> None:
    mailbox = VoicemailDraft(enabled=True, mail_to=address)
    assert problems(voicemail=mailbox) == {("voicemail.mailTo", ErrorCode.INVALID)}
    assert mailbox_address(address) is None


def test_a_plain_address_is_kept_for_the_mailbox() -> None:
    assert mailbox_address("a.b+c@example.com") == "a.b+c@example.com"
    assert mailbox_address(None) is None


def test_networks_are_kept_in_canonical_form_once_each() -> None:
    assert canonical_networks(("192.0.2.1", "192.0.2.1/32", "2001:DB8::/32")) == [
        "192.0.2.1/32",
        "2001:db8::/32",
    ]


def test_more_networks_than_a_switch_should_compare_are_refused() -> None:
    many = tuple(f"10.0.{n}.0/24" for n in range(33))
    assert problems(allowed_networks=many) == {("allowedNetworks", ErrorCode.LIMIT_EXCEEDED)}


def test_a_codec_twice_is_refused() -> None:
    assert problems(codecs=("PCMU", "PCMU")) == {("codecs", ErrorCode.INVALID)}


def test_a_change_may_clear_what_has_a_meaning_when_empty() -> None:
    assert patched(caller_id_name=None, caller_id_number=None, max_calls=None, codecs=None) == set()


def test_a_change_can_not_clear_what_a_device_must_have() -> None:
    assert patched(status=None, call_waiting=None, voicemail=None) == {
        ("status", ErrorCode.REQUIRED),
        ("callWaiting", ErrorCode.REQUIRED),
        ("voicemail", ErrorCode.REQUIRED),
    }


def test_a_change_obeys_the_rules_of_a_new_device() -> None:
    assert patched(status=ActiveStatus.INACTIVE, max_calls=100_001) == {
        ("maxCalls", ErrorCode.OUT_OF_RANGE)
    }
