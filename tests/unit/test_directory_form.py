"""What a switch asks, read from the form it posts."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.directory.form import NOTHING, Asked, Malformed, Question, read

REALM = "sip.example"


def asked(**fields: str) -> Asked:
    base = {"section": "directory", "user": "alice", "domain": REALM}
    return read(urlencode(base | fields).encode())


def test_a_sign_in_is_told_by_its_action() -> None:
    assert asked(action="sip_auth") == Asked(Question.SIGN_IN, "alice", REALM)


def test_whoever_is_looked_for_without_an_action_is_to_be_reached() -> None:
    assert asked().question is Question.REACH
    assert asked(action="user_call").question is Question.REACH


def test_a_mailbox_is_asked_for_by_its_actions_or_its_module() -> None:
    assert asked(action="voicemail-lookup").question is Question.MAILBOX
    assert asked(action="message-count").question is Question.MAILBOX
    module = {"Event-Calling-File": "mod_voicemail.c"}
    assert asked(**module).question is Question.MAILBOX


def test_networks_are_asked_for_by_purpose_and_need_no_user() -> None:
    body = urlencode({"section": "directory", "key_value": REALM, "purpose": "network-list"})
    assert read(body.encode()) == Asked(Question.NETWORKS, "", REALM)


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": "gateways"},
        {"purpose": "publish-vm"},
        {"action": "group_call"},
        {"action": "reverse-auth-lookup"},
        {"action": "jsonrpc-authenticate"},
        {"action": "anything-else"},
        {"section": "dialplan"},
        {"section": "configuration", "action": "sip_auth"},
    ],
)
def test_whatever_the_house_does_not_offer_is_nothing(fields: dict[str, str]) -> None:
    assert asked(**fields).question is Question.NOTHING


@pytest.mark.parametrize(
    "user", ["", "a b", 'a"b', "<a>", "a\nb", "a\x00b", "a&b", "é", "a@b", "a'--", "x" * 65]
)
def test_a_user_that_no_device_can_have_is_not_looked_for(user: str) -> None:
    assert asked(user=user, action="sip_auth") == NOTHING


@pytest.mark.parametrize("domain", ["", "a b", "a_b", "<x>", "SIP.EXAMPLE", "a\r\nb", "x" * 254])
def test_a_domain_that_no_realm_can_be_is_not_looked_for(domain: str) -> None:
    assert asked(domain=domain, action="sip_auth") == NOTHING


def test_the_first_of_two_fields_of_a_name_counts() -> None:
    body = f"section=directory&user=alice&domain={REALM}&action=sip_auth&action=&user=bob"
    assert read(body.encode()) == Asked(Question.SIGN_IN, "alice", REALM)


def test_fields_of_other_names_change_nothing() -> None:
    body = f"x=%ff&section=directory&user=alice&domain={REALM}&action=sip_auth&X-action=none"
    assert read(body.encode()) == Asked(Question.SIGN_IN, "alice", REALM)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"user=%ff", b"{}", b"<xml/>", b"a=b&c=d"])
def test_what_no_switch_sends_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@given(st.binary(max_size=400))
def test_no_body_is_more_than_malformed(body: bytes) -> None:
    try:
        found = read(body)
    except Malformed:
        return
    assert isinstance(found, Asked)


@given(st.dictionaries(st.sampled_from(["section", "user", "domain", "action"]), st.text()))
def test_nothing_unspeakable_reaches_the_database(fields: dict[str, str]) -> None:
    body = urlencode({"section": "directory"} | fields, errors="replace").encode()
    found = read(body)
    assert found == NOTHING or (found.user.isascii() and found.realm.isascii())
