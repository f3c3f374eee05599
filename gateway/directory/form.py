"""What FreeSWITCH asks: the fields of mod_xml_curl that count, and the question they amount to.

Phones can smuggle fields of their own into the form; only known names are read, each once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import unquote_plus

from models.rules.sip_secret import SIP_USERNAME, realm_violation

LONGEST_BODY = 16 * 1024  # bytes; a look-up has about two kilobytes
_KNOWN = frozenset(
    {"section", "key_value", "user", "domain", "action", "purpose", "Event-Calling-File"}
)
# Of a sign-in alone, and read only then: where it comes from, and what is to prove it.
_OF_SIGN_IN = {
    "ip": "source",
    "sip_user_agent": "agent",
    "sip_auth_method": "method",
    "sip_auth_uri": "uri",
    "sip_auth_nonce": "nonce",
    "sip_auth_nc": "nc",
    "sip_auth_cnonce": "cnonce",
    "sip_auth_qop": "qop",
    "sip_auth_response": "response",
}
_TO_MAILBOX = frozenset({"voicemail-lookup", "message-count"})
# Looking for a way to reach somebody: the user/ dial string, or a call from a listed network. Any
# other action may be a sign-in of some module, which would take a user without hash for a friend.
_TO_REACH = frozenset({"", "user_call"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Question(StrEnum):
    """What is wanted of a login or realm."""

    SIGN_IN = "sign_in"
    REACH = "reach"
    MAILBOX = "mailbox"
    NETWORKS = "networks"
    NOTHING = "nothing"  # something the house does not offer


class Malformed(Exception):
    """A body that no FreeSWITCH sends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One look-up; `user` is empty for a whole realm. Both are safe to look for.

    proof: of a sign-in, what the phone sent; its own words, safe for nothing.
    """

    question: Question
    user: str
    realm: str
    proof: Mapping[str, str] = field(default_factory=dict)


NOTHING = Asked(Question.NOTHING, "", "")


def read(body: bytes) -> Asked:
    """Read a posted form. Raises Malformed."""
    fields, proof = _fields(body)
    # Exactly as asked: a switch caches by the spelling, and only our own spelling is flushed.
    realm = fields.get("domain") or fields.get("key_value", "")
    user = fields.get("user", "")
    question = _question(fields)
    if question is not Question.SIGN_IN:
        proof = {}
    speakable = realm_violation(realm) is None and (
        question is Question.NETWORKS or SIP_USERNAME.fullmatch(user) is not None
    )
    return Asked(question, user, realm, proof) if speakable else replace(NOTHING, proof=proof)


def _fields(body: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """The known fields, each as it came first; the other forty are not even decoded."""
    found: dict[str, str] = {}
    proof: dict[str, str] = {}
    try:
        for pair in body.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            if name in _KNOWN and name not in found:
                found[name] = _decoded(value, "strict")
            elif name in _OF_SIGN_IN:
                proof.setdefault(_OF_SIGN_IN[name], _decoded(value, "replace"))
    except UnicodeDecodeError as wrong:
        raise Malformed from wrong
    if not found:
        raise Malformed
    return found, proof


def _decoded(value: str, errors: str) -> str:
    """Most values are what they are written as, and seen to be in a tenth of the time."""
    return unquote_plus(value, errors=errors) if "%" in value or "+" in value else value


def _question(fields: dict[str, str]) -> Question:
    action, purpose = fields.get("action", ""), fields.get("purpose", "")
    if fields.get("section") != "directory" or any(map(_CONTROL.search, fields.values())):
        return Question.NOTHING
    if purpose:
        return Question.NETWORKS if purpose == "network-list" else Question.NOTHING
    if action == "sip_auth":
        return Question.SIGN_IN
    if action in _TO_MAILBOX:
        return Question.MAILBOX
    if action not in _TO_REACH:
        return Question.NOTHING
    by_voicemail = "mod_voicemail" in fields.get("Event-Calling-File", "")
    return Question.MAILBOX if by_voicemail else Question.REACH
