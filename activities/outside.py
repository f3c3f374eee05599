"""What activities reach beyond the database, handed in once when a worker starts.

Without it every use here is a fault; nothing is read from the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from obstore.store import ObjectStore

MAILS_PER_SECOND = 20.0  # a polite pace for a mail server that is not ours


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over; `is_tls` from the first byte, otherwise STARTTLS if offered."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False

    @classmethod
    def at(cls, url: str) -> MailServer:
        """From `smtp://user:password@host:port` or `smtps://…`."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if is_tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_tls=is_tls,
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """The outside of one worker.

    sender: the address mails come from. public_url: where links in mails lead, without a slash.
    """

    store: ObjectStore
    mail_server: MailServer
    sender: str
    public_url: str
    mails_per_second: float = MAILS_PER_SECOND


_outside: Outside | None = None


def install(handed_in: Outside) -> None:
    """Hand in the outside of this process."""
    global _outside  # noqa: PLW0603 - one outside a process, set before anything runs
    _outside = handed_in


def outside() -> Outside:
    """What was handed in."""
    if _outside is None:
        raise RuntimeError("activities.outside.install() has not run in this process")
    return _outside
