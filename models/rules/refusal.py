"""Refused sign-ins: why a switch refused one, what it proves, and how many of them are a sign.

Nothing follows from them but a notice: a lock would let strangers shut an owner out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import md5

from models.rules.networks import source_of
from models.rules.sip_secret import realm_violation, username_violation
from models.rules.text import legible

WINDOW_MINUTES = 5
AGENT_LONGEST = 255


class RefusalReason(StrEnum):
    """Why a phone was refused."""

    OFF_OR_UNKNOWN = "OFF_OR_UNKNOWN"  # nobody may sign in under this name now
    WRONG_SECRET = "WRONG_SECRET"  # noqa: S105 - a reason
    WRONG_NETWORK = "WRONG_NETWORK"


class RefusedKind(StrEnum):
    """What refusals are counted by."""

    SOURCE = "SOURCE"
    USER = "USER"


# Within the window. A phone with a wrong secret tries once or twice a minute, so ten at most; from
# one address an office of a few such phones comes.
ALARMING = {RefusedKind.USER: 20, RefusedKind.SOURCE: 50}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused sign-in; what no name or address can be is empty."""

    reason: RefusalReason
    username: str
    realm: str
    source: str
    user_agent: str = ""

    @classmethod
    def told(cls, reason: str, words: Mapping[str, str]) -> Refusal:
        """What a switch tells of a stranger, whose words may be anything."""
        username, realm = words.get("user", ""), words.get("domain", "")
        known = username_violation(username) is None and realm_violation(realm) is None
        return cls(
            RefusalReason(reason) if reason in set(RefusalReason) else RefusalReason.OFF_OR_UNKNOWN,
            username if known else "",
            realm if known else "",
            source_of(words.get("source", "")) or "",
            legible(words.get("agent", ""), AGENT_LONGEST),
        )

    @property
    def address(self) -> str:
        """`user@domain`, or nothing."""
        return f"{self.username}@{self.realm}" if self.username else ""

    @property
    def subjects(self) -> Iterable[tuple[RefusedKind, str]]:
        """What it is counted by."""
        if self.source:
            yield RefusedKind.SOURCE, self.source
        if self.username:
            yield RefusedKind.USER, self.address


def disproves(ha1: str, proof: Mapping[str, str]) -> bool:
    """Whether a digest (RFC 2617) was made with another secret; False where it can not be told.

    proof: method, uri, nonce, response and, with a qop, nc and cnonce.
    """
    response, qop = proof.get("response", ""), proof.get("qop", "")
    if not response or not proof.get("nonce") or qop not in {"", "auth"}:
        return False
    ha2 = _md5(f"{proof.get('method', '')}:{proof.get('uri', '')}")
    middle = [proof.get("nc", ""), proof.get("cnonce", ""), qop] if qop else []
    return response.lower() != _md5(":".join([ha1, proof["nonce"], *middle, ha2]))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
