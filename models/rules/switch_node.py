"""Which switches can be attached: how each kind is addressed, and what its profiles are called.

Whether one answers there is found out by talking to it, not here.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.errors import ErrorCode, Problem
from models.rules.text import required_violation, text_violation
from models.rules.violation import Violation

NAME_LONGEST = 80
ADDRESS_LONGEST = 255
SECRET_LONGEST = 128
PROFILES_MOST = 16
_HIGHEST_PORT = 65_535
# A profile's name becomes a word of a console command: nothing that could end the word.
PROFILE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_SECRET = re.compile(r"[\x21-\x7e]+")

_MISSING: Mapping[str, tuple[str, ...] | None] = MappingProxyType({"profiles": (), "secret": None})

Value = str | tuple[str, ...] | SwitchNodeState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDraft:
    """A switch to be attached. address: `host:port` of the event socket, or the RPC's URL.

    secret: the event socket's password, or the RPC's bearer token.
    """

    name: str
    kind: SwitchKind
    address: str
    profiles: tuple[str, ...] = ()
    secret: str | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Every rule that the draft breaks."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        name = required_violation(self.name) or text_violation(self.name, NAME_LONGEST)
        if name is not None:
            yield name.at("name")
        address = address_violation(self.kind, self.address)
        if address is not None:
            yield address.at("address")
        profiles = profiles_violation(self.kind, self.profiles)
        if profiles is not None:
            yield profiles.at("profiles")
        secret = secret_violation(self.kind, self.secret)
        if secret is not None:
            yield secret.at("secret")


@dataclass(frozen=True, slots=True)
class NodePatch:
    """Changes by field name: address, profiles, secret, state; what is absent stays."""

    changes: Mapping[str, Value]

    @property
    def moves(self) -> bool:
        """Whether another switch may be meant from now on, or what was missed meanwhile."""
        return not {"address", "profiles", "state"}.isdisjoint(self.changes)

    def problems(self, kind: SwitchKind, missing: Collection[str] = ()) -> tuple[Problem, ...]:
        """Every rule that the changes break for a switch of this kind.

        missing: what the switch has not got; who is told things needs all of its kind.
        """
        names = dict.fromkeys(self.changes)
        if "address" in names:
            names |= dict.fromkeys(name for name in missing if name not in names)
        found = ((name, self._violation(kind, name)) for name in names)
        return tuple(violation.at(name) for name, violation in found if violation is not None)

    def _violation(self, kind: SwitchKind, name: str) -> Violation | None:
        value = self.changes.get(name, _MISSING.get(name))
        match name, value:
            case "secret", None | str():
                return secret_violation(kind, value)
            case "address", str():
                return address_violation(kind, value)
            case "profiles", tuple():
                return profiles_violation(kind, value)
            case "state", SwitchNodeState.ACTIVE | SwitchNodeState.DRAINING:
                return None
            case "state", str():
                words = "can be set to ACTIVE or DRAINING; retiring has a mutation of its own"
                return Violation(ErrorCode.INVALID, words)
        return Violation(ErrorCode.REQUIRED, "can not be empty")


def address_violation(kind: SwitchKind, address: str) -> Violation | None:
    """Check where a switch takes commands."""
    if len(address) > ADDRESS_LONGEST:
        return Violation(ErrorCode.TOO_LONG, f"must be at most {ADDRESS_LONGEST} characters long")
    if kind is SwitchKind.FREESWITCH:
        match = _HOST_AND_PORT.fullmatch(address)
        if match is None or not 0 < int(match[2]) <= _HIGHEST_PORT:
            words = "must be host:port of the event socket, such as 10.0.0.5:8021"
            return Violation(ErrorCode.INVALID, words)
        return None
    if not _is_web_address(address):
        words = "must be the URL of the JSON-RPC, such as http://10.0.0.6:5060/RPC"
        return Violation(ErrorCode.INVALID, words)
    return None


def profiles_violation(kind: SwitchKind, profiles: tuple[str, ...]) -> Violation | None:
    """Check the SIP profiles whose registrations are ours; a FreeSWITCH has at least one."""
    if kind is SwitchKind.FREESWITCH and not profiles:
        return Violation(ErrorCode.REQUIRED, "must name the SIP profile that devices register at")
    if len(profiles) > PROFILES_MOST:
        return Violation(ErrorCode.LIMIT_EXCEEDED, f"must name at most {PROFILES_MOST} profiles")
    if not all(map(PROFILE.fullmatch, profiles)) or len(set(profiles)) < len(profiles):
        words = "must be different names of letters, digits and . _ -"
        return Violation(ErrorCode.INVALID, words)
    return None


def secret_violation(kind: SwitchKind, secret: str | None) -> Violation | None:
    """Check what the switch wants to hear before it obeys; an event socket always wants one."""
    if not secret:
        needed = kind is SwitchKind.FREESWITCH
        return Violation(ErrorCode.REQUIRED, "is required for an event socket") if needed else None
    if len(secret) > SECRET_LONGEST or not _SECRET.fullmatch(secret):
        words = f"must be at most {SECRET_LONGEST} visible ASCII characters without spaces"
        return Violation(ErrorCode.INVALID, words)
    return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port_given = parts.port
    except ValueError:
        return False
    plain = not parts.username and not parts.password and not parts.fragment
    shown = _SECRET.fullmatch(text) is not None and port_given != 0
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and shown
