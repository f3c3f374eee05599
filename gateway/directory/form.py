"""What FreeSWITCH asks: the fields of mod_xml_curl that count, and the question they amount to.

Phones can smuggle fields of their own into the form; only known names are read, each once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from models.rules.sip_secret import SIP_USERNAME, realm_violation

LONGEST_BODY = 16 * 1024  # bytes; a look-up has about two kilobytes
_KNOWN = frozenset(
    {"section", "key_value", "user", "domain", "action", "purpose", "Event-Calling-File"}
)
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
    """One look-up; `user` is empty for a whole realm. Both are safe to look for."""

    question: Question
    user: str
    realm: str


NOTHING = Asked(Question.NOTHING, "", "")


def read(body: bytes) -> Asked:
    """Read a posted form. Raises Malformed."""
    fields = _fields(body)
    # Exactly as asked: a switch caches by the spelling, and only our own spelling is flushed.
    realm = fields.get("domain") or fields.get("key_value", "")
    user = fields.get("user", "")
    question = _question(fields)
    speakable = realm_violation(realm) is None and (
        question is Question.NETWORKS or SIP_USERNAME.fullmatch(user) is not None
    )
    return Asked(question, user, realm) if speakable else NOTHING


def _fields(body: bytes) -> dict[str, str]:
    """The known fields, each as it came first; the other forty are not even decoded."""
    found: dict[str, str] = {}
    try:
        for pair in body.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            if name in _KNOWN and name not in found:
                found[name] = unquote_plus(value, errors="strict")
    except UnicodeDecodeError as wrong:
        raise Malformed from wrong
    if not found:
        raise Malformed
    return found


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
