"""Signed links: who may fetch what until when, in a text that only the application key can make.

A link alone opens nothing: its principal has to come with its own token.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from models.seal import derived_key

PATH: Final = "/downloads/"
_PURPOSE: Final = "links"
_FORM = re.compile(
    r"([a-z]{1,16})\.([0-9a-f]{32})\.([0-9a-f]{32})\.(\d{1,12})(?:\.([0-9_-]{1,64}))?\.([\w-]{43})"
)

_base = ""


@dataclass(frozen=True, slots=True)
class Link:
    """kind: a lower-case word that says what `subject_id` is. expires_at: to the second.

    part: which part of the subject, in digits, `_` and `-`; empty: all of it.
    """

    kind: str
    subject_id: UUID
    principal_id: UUID
    expires_at: datetime
    part: str = ""


def install_base(public_url: str | None) -> None:
    """Say what links begin with; without it they are paths of the API's own origin."""
    global _base  # noqa: PLW0603 - one address a process, set before anything runs
    _base = (public_url or "").rstrip("/")


def base() -> str:
    """What addresses of the API begin with; empty: they are paths of its own origin."""
    return _base


def url_of(link: Link) -> str:
    """The address that fetches it."""
    return f"{_base}{PATH}{signed(link)}"


def signed(link: Link) -> str:
    """The link as text for an address: letters, digits, `.`, `-` and `_`."""
    seconds = int(link.expires_at.timestamp())
    said = f"{link.kind}.{link.subject_id.hex}.{link.principal_id.hex}.{seconds}"
    if link.part:
        said = f"{said}.{link.part}"
    text = f"{said}.{_signature(said)}"
    if _FORM.fullmatch(text) is None:
        raise ValueError(f"{link.kind!r} is no kind of link, or {link.part!r} no part")
    return text


def opened(text: str) -> Link | None:
    """The link that was signed; None when it was not, was changed, or is over."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    said, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(said).encode()):
        return None
    kind, subject, principal, seconds, part, _ = found.groups()
    expires_at = datetime.fromtimestamp(int(seconds), UTC)
    if expires_at <= datetime.now(UTC):
        return None
    return Link(kind, UUID(subject), UUID(principal), expires_at, part or "")


def _signature(said: str) -> str:
    digest = hmac.new(derived_key(_PURPOSE), said.encode(), sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
