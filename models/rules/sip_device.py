"""What a SIP device may be: the form of its creation, the changes to it, and every rule they break.

Values end up in a switch's variables, mail commands and SIP headers, so they hold nothing that
any of these would take for more than text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from models.rules.email import email_violation
from models.rules.enums import ActiveStatus
from models.rules.errors import ErrorCode, Problem
from models.rules.networks import parsed
from models.rules.sip_secret import secret_violation, username_violation
from models.rules.text import text_violation
from models.rules.violation import Violation

CODECS: Final = ("PCMU", "PCMA", "G722", "G729", "OPUS", "GSM", "ILBC", "SPEEX")
CALLS_MOST = 100_000
NETWORKS_MOST = 32
CALLER_ID_NAME_LONGEST = 80
# "ip-<account id>" is what calls from a listed network are known by at a switch.
_OF_NETWORKS = re.compile(r"ip-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CALLER_ID_NUMBER = re.compile(r"[A-Za-z0-9+._-]{1,20}")
# FreeSWITCH expands ${…} wherever a variable is used; quotes and brackets end a SIP display name.
_MORE_THAN_TEXT = re.compile(r"[${}\"<>\\`]")
# mod_voicemail hands the address to a mail program by way of a shell.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailDraft:
    """A voice mailbox as the form says it."""

    enabled: bool
    mail_to: str | None = None
    attach_file: bool = True
    keep_local: bool = True
    mail_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SipDeviceDraft:
    """A device to be made for an account; what is None takes the house's default."""

    account_id: UUID
    username: str | None = None
    password: str | None = None
    status: ActiveStatus = ActiveStatus.ACTIVE
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    codecs: tuple[str, ...] = ()
    call_waiting: bool = True
    max_calls: int | None = None
    allowed_networks: tuple[str, ...] = ()
    voicemail: VoicemailDraft | None = None

    def problems(self, account_number: str) -> tuple[Problem, ...]:
        """Every rule that the draft breaks by itself."""
        return tuple(self._problems(account_number))

    def _problems(self, account_number: str) -> Iterator[Problem]:
        if self.username is not None and (wrong := own_username_violation(self.username)):
            yield wrong.at("username")
        if self.password is not None:
            known = (self.username, account_number)
            if weak := secret_violation(self.password, known):
                yield weak.at("password")
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        yield from _problems_of({name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, slots=True)
class SipDevicePatch:
    """Changes by attribute of the draft; None clears where clearing means something."""

    changes: Mapping[str, Any]

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that the changes break."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        for name, value in self.changes.items():
            if value is None and name not in _CLEARABLE:
                yield Violation(ErrorCode.REQUIRED, "can not be empty").at(_SPOKEN[name])
        yield from _problems_of(
            {n: value for n, value in self.changes.items() if value is not None}
        )


def own_username_violation(username: str) -> Violation | None:
    """Check a user name that a person chose."""
    if _OF_NETWORKS.fullmatch(username):
        return Violation(ErrorCode.INVALID, "is kept for calls from listed networks")
    return username_violation(username)


def canonical_networks(networks: tuple[str, ...]) -> list[str]:
    """Valid networks as they are kept: in canonical form, an address alone as /32 or /128."""
    return list(dict.fromkeys(str(parsed(network)) for network in networks))


def mailbox_address(address: str | None) -> str | None:
    """The address if voice messages can be mailed there safely, else None."""
    return address if address and mail_to_violation(address) is None else None


def mail_to_violation(address: str) -> Violation | None:
    """Check where voice messages are mailed: plainer than an address may be elsewhere."""
    if wrong := email_violation(address):
        return wrong
    if not _PLAIN_ADDRESS.fullmatch(address):
        words = "must hold only letters, digits and . _ % + - before the @"
        return Violation(ErrorCode.INVALID, words)
    return None


def _caller_id_name(name: str) -> Violation | None:
    if _MORE_THAN_TEXT.search(name):
        return Violation(ErrorCode.INVALID, 'must not hold any of $ { } " < > \\ `')
    return text_violation(name, CALLER_ID_NAME_LONGEST)


def _caller_id_number(number: str) -> Violation | None:
    if _CALLER_ID_NUMBER.fullmatch(number):
        return None
    return Violation(ErrorCode.INVALID, "must be 1 to 20 of letters, digits and + . _ -")


def _codecs(codecs: tuple[str, ...]) -> Violation | None:
    if set(codecs) <= set(CODECS) and len(set(codecs)) == len(codecs):
        return None
    return Violation(ErrorCode.INVALID, f"must be different ones of {', '.join(CODECS)}")


def _max_calls(calls: int) -> Violation | None:
    if 0 <= calls <= CALLS_MOST:
        return None
    return Violation(ErrorCode.OUT_OF_RANGE, f"must be from 0 to {CALLS_MOST}")


def _networks(networks: tuple[str, ...]) -> Violation | None:
    if len(networks) > NETWORKS_MOST:
        return Violation(ErrorCode.LIMIT_EXCEEDED, f"must name at most {NETWORKS_MOST} networks")
    if all(parsed(network) is not None for network in networks):
        return None
    words = "must be networks such as 192.0.2.0/24, with no bit set behind the mask"
    return Violation(ErrorCode.INVALID, words)


def _problems_of(given: Mapping[str, Any]) -> Iterator[Problem]:
    for name, check in _CHECKS.items():
        if name in given and (wrong := check(given[name])):
            yield wrong.at(_SPOKEN[name])
    voicemail = given.get("voicemail")
    if (
        voicemail is not None
        and voicemail.mail_to
        and (wrong := mail_to_violation(voicemail.mail_to))
    ):
        yield wrong.at("voicemail", "mailTo")


_CHECKS: Mapping[str, Callable[[Any], Violation | None]] = MappingProxyType(
    {
        "caller_id_name": _caller_id_name,
        "caller_id_number": _caller_id_number,
        "codecs": _codecs,
        "max_calls": _max_calls,
        "allowed_networks": _networks,
    }
)
_SPOKEN: Mapping[str, str] = MappingProxyType(
    {
        "status": "status",
        "caller_id_name": "callerIdName",
        "caller_id_number": "callerIdNumber",
        "codecs": "codecs",
        "call_waiting": "callWaiting",
        "max_calls": "maxCalls",
        "allowed_networks": "allowedNetworks",
        "voicemail": "voicemail",
    }
)
_CLEARABLE = frozenset(
    {"caller_id_name", "caller_id_number", "codecs", "max_calls", "allowed_networks"}
)
