"""Mails that the catcher took, one file each, with what a list needs held in memory.

Who sent them and why stands in the product's own table of mails, not here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

MOST_MAILS = 20_000  # a demo's worth; the oldest go first
ENVELOPE_FROM = "X-Envelope-From"
ENVELOPE_TO = "X-Envelope-To"
TEXT_LIMIT = 20_000  # characters of a text body in a list


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as a list shows it; `recipients` are the envelope's."""

    id: str
    received_at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file that came with a mail."""

    name: str
    media_type: str
    content: bytes


class MailStore:
    """A folder of mails; what was answered with 250 is in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        paths = sorted(folder.glob("*.eml"))
        self._mails = {path.stem: _read(path.stem, path.read_bytes()) for path in paths}

    def keep(self, sender: str, recipients: list[str], content: bytes) -> Mail:
        """Write one mail down; it is whole on disk before this returns."""
        mail_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        envelope = f"{ENVELOPE_FROM}: {sender}\r\n{ENVELOPE_TO}: {', '.join(recipients)}\r\n"
        unfinished = self._folder / f"{mail_id}.new"
        unfinished.write_bytes(envelope.encode() + content)
        unfinished.replace(self._path(mail_id))
        self._mails[mail_id] = _read(mail_id, envelope.encode() + content)
        while len(self._mails) > MOST_MAILS:
            oldest = next(iter(self._mails))
            del self._mails[oldest]
            self._path(oldest).unlink(missing_ok=True)
        return self._mails[mail_id]

    def newest_first(self, recipient: str | None = None) -> list[Mail]:
        """All mails, or those to one address."""
        wanted = recipient.casefold() if recipient else None
        return [
            mail
            for mail in reversed(self._mails.values())
            if wanted is None or wanted in (address.casefold() for address in mail.recipients)
        ]

    def one(self, mail_id: str) -> Mail | None:
        """The mail with this id."""
        return self._mails.get(mail_id)

    def raw(self, mail: Mail) -> bytes:
        """The mail as it came, below two lines of its envelope."""
        return self._path(mail.id).read_bytes()

    def html(self, mail: Mail) -> str | None:
        """Its HTML body."""
        return _body(message_from_bytes(self.raw(mail)), "text/html")

    def attachments(self, mail: Mail) -> list[Attachment]:
        """Its files, in their order."""
        parts = message_from_bytes(self.raw(mail)).walk()
        return [
            Attachment(part.get_filename() or "file", part.get_content_type(), _bytes(part))
            for part in parts
            if part.get_content_disposition() == "attachment"
        ]

    def _path(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"


def _read(mail_id: str, content: bytes) -> Mail:
    message = message_from_bytes(content)
    moment = datetime.strptime(mail_id.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return Mail(
        id=mail_id,
        received_at=moment.isoformat().replace("+00:00", "Z"),
        sender=_header(message, ENVELOPE_FROM),
        recipients=tuple(_header(message, ENVELOPE_TO).split(", ")),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID"),
        text=(_body(message, "text/plain") or "")[:TEXT_LIMIT],
    )


def _header(message: Message, name: str) -> str:
    text = str(message.get(name, "")).strip()
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, UnicodeError, HeaderParseError, ValueError):  # shown as it came
        return text


def _body(message: Message, media_type: str) -> str | None:
    for part in message.walk():
        attached = part.get_content_disposition() == "attachment"
        if part.get_content_type() == media_type and not attached:
            return _decoded(part)
    return None


def _decoded(part: Message) -> str:
    try:
        return _bytes(part).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody knows
        return _bytes(part).decode("utf-8", "replace")


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
