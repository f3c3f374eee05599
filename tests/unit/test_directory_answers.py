"""The documents a switch gets, and that none of them can be more than it says."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from gateway.directory import answers
from models import seal
from models.panel.sip_issue import sealed_voicemail_pins
from models.switch.directory import CallingAccount, DeviceEntry, Mailbox

ACCOUNT = CallingAccount(UUID(int=1), "10001", 4, 2, None)
BOX = Mailbox(
    enabled=True,
    mail_to="a@example.com",
    attach_file=True,
    keep_local=False,
    mail_all=False,
    pin_sealed=None,
)
DEVICE = DeviceEntry(
    id=UUID(int=2),
    username="alice",
    realm="sip.example",
    account=ACCOUNT,
    ha1="0123456789abcdef0123456789abcdef",
    caller_id_name="Alice & Söhne",
    caller_id_number="+49301234",
    codecs=("OPUS", "PCMA"),
    call_waiting=True,
    max_calls=None,
    allowed_networks=("192.0.2.0/24", "2001:db8::/32"),
    mailbox=BOX,
)


def named(document: str, element: str) -> dict[str, str]:
    user = ET.fromstring(document).find(".//user")
    assert user is not None
    return {each.attrib["name"]: each.attrib["value"] for each in user.iter(element)}


def user_of(document: str) -> dict[str, str]:
    user = ET.fromstring(document).find(".//user")
    assert user is not None
    return user.attrib


def test_who_signs_in_comes_with_a_hash_and_may_be_kept_for_a_while() -> None:
    document = answers.signing_in(DEVICE, 30_000)
    assert user_of(document) == {"id": "alice", "cacheable": "30000"}
    assert named(document, "param") == {
        "a1-hash": "0123456789abcdef0123456789abcdef",
        "allow-empty-password": "false",
        "auth-acl": "192.0.2.0/24,2001:db8::/32",
    }


def test_the_variables_name_account_device_limits_and_caller() -> None:
    assert named(answers.signing_in(DEVICE, 1), "variable") == {
        "accountcode": "10001",
        "account_id": str(UUID(int=1)),
        "device_id": str(UUID(int=2)),
        "user_context": "default",
        "account_max_calls": "4",
        "cps": "2",
        "max_calls": "0",
        "call_waiting": "true",
        "effective_caller_id_name": "Alice & Söhne",
        "effective_caller_id_number": "+49301234",
        "absolute_codec_string": "OPUS,PCMA",
    }


def test_who_is_to_be_reached_comes_without_hash_and_is_never_kept() -> None:
    document = answers.reachable(DEVICE)
    assert user_of(document) == {"id": "alice"}
    assert named(document, "param") == {}
    assert DEVICE.ha1 not in document


def test_a_mailbox_comes_with_its_pin_and_without_the_hash() -> None:
    seal.install_key(b"k" * seal.KEY_BYTES)
    box = replace(BOX, pin_sealed=sealed_voicemail_pins(["246810"])[0])
    document = answers.mailbox(replace(DEVICE, mailbox=box))
    assert named(document, "param") == {
        "vm-enabled": "true",
        "vm-attach-file": "true",
        "vm-keep-local-after-email": "false",
        "vm-email-all-messages": "false",
        "vm-mailto": "a@example.com",
        "vm-password": "246810",
    }
    assert DEVICE.ha1 not in document


def test_a_mailbox_without_a_pin_is_open_to_nobody() -> None:
    assert answers.mailbox(DEVICE) == answers.NOT_FOUND


def test_markup_in_a_value_stays_a_value() -> None:
    nasty = replace(DEVICE, caller_id_name='"/><user id="evil">\n\t<', allowed_networks=())
    document = answers.signing_in(nasty, 1)
    assert named(document, "variable")["effective_caller_id_name"] == '"/><user id="evil">\n\t<'
    assert document.count("<user ") == 1


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1f", "\ud800", "\ufffe"])
def test_a_character_that_xml_can_not_carry_makes_no_document(character: str) -> None:
    with pytest.raises(ValueError, match="XML can not carry"):
        answers.signing_in(replace(DEVICE, caller_id_name=f"a{character}"), 1)


def test_networks_name_their_accounts_as_users_of_the_realm() -> None:
    listed = [(UUID(int=1), ["192.0.2.0/24", "198.51.100.7/32"])]
    document = answers.networks("sip.example", listed)
    assert user_of(document) == {
        "id": f"ip-{UUID(int=1)}",
        "cidr": "192.0.2.0/24,198.51.100.7/32",
    }
    assert answers.networks("sip.example", []) == answers.NOT_FOUND


def test_calls_from_a_network_are_their_accounts_without_a_device() -> None:
    variables = named(answers.from_network(ACCOUNT, "sip.example"), "variable")
    assert variables["account_id"] == str(UUID(int=1))
    assert "device_id" not in variables


def test_not_found_says_nothing_else() -> None:
    result = ET.fromstring(answers.NOT_FOUND).find("section/result")
    assert result is not None
    assert result.attrib == {"status": "not found"}
