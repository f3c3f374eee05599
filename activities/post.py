"""The way to the mail server, and its answers sorted into the five that matter.

One connection carries a batch; which mails there are is not known here.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from enum import Enum, auto
from types import TracebackType
from typing import Self

import aiosmtplib

from activities.outside import MailServer
from activities.paper import Pdf
from models.mail.sending import LEASE_SECONDS, Letter

ANSWER_SECONDS = 15.0  # a server that takes longer for one command is as good as away
LETTER_SECONDS = LEASE_SECONDS - 10.0  # a letter must be settled before its lease ends
SERVICE_CLOSING = 421  # RFC 5321 section 4.2.1: the whole connection is meant, not the mail
PERMANENT = 500
# What a server says that wants a login or TLS first, or another one, at whichever command: RFC 4954
# section 6, RFC 3207 section 4. It is about us and not about the mail.
LOGIN_WANTED = frozenset({530, 534, 535, 538})


class Fate(Enum):
    """What became of a letter."""

    SENT = auto()
    LATER = auto()  # this one, in a while
    NEVER = auto()  # this one can not be delivered
    AWAY = auto()  # no server: the rest of the batch need not be tried now
    UNWELCOME = auto()  # the server refuses us or can not be trusted: somebody has to look


@dataclass(frozen=True, slots=True)
class Answer:
    """The fate of a letter and the server's words."""

    fate: Fate
    words: str = ""


class Post:
    """One connection to the mail server, opened with the first letter."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._smtp: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.quit()
            except (aiosmtplib.SMTPException, OSError):
                self._smtp.close()  # it hung up first, which is what was wanted

    async def hand_over(self, letter: Letter, enclosed: Pdf | None = None) -> Answer:
        """Give the letter and what goes with it to the server, and say what it answered."""
        is_greeted = False
        try:
            async with asyncio.timeout(LETTER_SECONDS):
                smtp = await self._connected()
                is_greeted = True
                await smtp.send_message(
                    _message(letter, self._sender, enclosed), recipients=[letter.to]
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            if isinstance(error, TimeoutError) and self._smtp is not None:
                self._smtp.close()  # a late answer would be taken for one to the next letter
            return _answered(error) if is_greeted else _not_greeted(error)
        return Answer(Fate.SENT)

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._smtp is None or not self._smtp.is_connected:
            self._smtp = aiosmtplib.SMTP(
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.user,
                password=self._server.password,
                use_tls=self._server.is_tls,
                timeout=ANSWER_SECONDS,
            )
            await self._smtp.connect()
        return self._smtp


def _message(letter: Letter, sender: str, enclosed: Pdf | None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((letter.issuer_name, sender))
    message["To"] = letter.to
    if letter.reply_to:
        message["Reply-To"] = letter.reply_to
    message["Subject"] = letter.rendered.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    # The same for every attempt, so that a mail program drops what arrives twice.
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.rendered.text)
    message.add_alternative(letter.rendered.html, subtype="html")
    if enclosed is not None:
        message.add_attachment(
            enclosed.content, maintype="application", subtype="pdf", filename=enclosed.file_name
        )
    return message


def _not_greeted(error: Exception) -> Answer:
    """What a connection that did not come about means."""
    # A bare SMTPException is the client's own: the server does not offer what our address asks for.
    bare = type(error) is aiosmtplib.SMTPException
    refused = bare or isinstance(error, aiosmtplib.SMTPAuthenticationError)
    refused = refused or _is_about_tls(error)
    return Answer(Fate.UNWELCOME if refused else Fate.AWAY, str(error) or type(error).__name__)


def _answered(error: Exception) -> Answer:
    """What a refusal after the greeting means: RFC 5321 section 4.2.1."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Answer(Fate.LATER, str(error) or type(error).__name__)
    words = f"{error.code} {error.message}"
    if error.code in LOGIN_WANTED:
        return Answer(Fate.UNWELCOME, words)
    if error.code == SERVICE_CLOSING:
        return Answer(Fate.AWAY, words)
    return Answer(Fate.NEVER if error.code >= PERMANENT else Fate.LATER, words)


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, (ssl.SSLError, aiosmtplib.SMTPNotSupported)):
            return True
        error = error.__cause__ or error.__context__
    return False
