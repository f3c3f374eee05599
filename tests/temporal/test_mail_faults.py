"""Mail servers that misbehave: what becomes of a letter, and that the next one is not harmed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from obstore.store import LocalStore
from temporalio.testing import ActivityEnvironment

from activities import outside, post
from activities.mails import UNWELCOME_SECONDS, MailBatch, MailsLeft, deliver_mails
from activities.outside import MailServer, Outside
from models.mail.email import Email
from models.rules.enums import EmailStatus
from tests.temporal.test_mails import finished

SHORT = 0.3  # what counts as slow here, in seconds
FIRST, SECOND = "first@example.com", "second@example.com"

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class Moods:
    """A mail server that has a mood at the first time of a step, and is well after that."""

    step: str
    mood: Callable[[], Awaitable[bool]]  # whether it goes on talking
    taken: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        to = ""
        while line := (await reader.readline()).decode().strip():
            step = line[:4].upper()
            if step == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
            if step == "DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            if step == self.step:
                self.step = ""
                if not await self.mood():
                    break
            if step == "DATA":
                self.taken.append(to)
            writer.write(b"250 well\r\n")
        writer.close()


async def hang_up() -> bool:
    return False


async def dawdle() -> bool:
    await asyncio.sleep(2 * SHORT)
    return True


@asynccontextmanager
async def serving(moods: Moods, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Gives the server's address."""
    server = await asyncio.start_server(moods.talk, "127.0.0.1", 0, ssl=tls)
    scheme, port = "smtps" if tls else "smtp", server.sockets[0].getsockname()[1]
    yield f"{scheme}://localhost:{port}"
    server.close()


async def delivered(url: str, folder: Path) -> MailsLeft:
    """Two mails of one batch, sent as far as the server lets us."""
    there = Outside(
        store=LocalStore(folder),
        mail_server=MailServer.at(url),
        sender="trunkline@example.com",
        public_url="https://portal.example.com",
        mails_per_second=1000,
    )
    outside.install(there)
    await Email.queue([finished("event/1", FIRST)])
    [first] = await Email.all()
    await Email.queue([finished("event/2", SECOND)])
    await Email.filter(to_address=SECOND).update(batch_id=first.batch_id)
    return await ActivityEnvironment().run(deliver_mails, MailBatch(str(first.batch_id)))


@pytest.mark.parametrize(
    ("step", "mood", "limit"),
    [
        ("DATA", hang_up, "ANSWER_SECONDS"),
        ("MAIL", dawdle, "ANSWER_SECONDS"),
        ("DATA", dawdle, "LETTER_SECONDS"),
    ],
    ids=["dies in DATA", "slow to answer", "slow as a whole"],
)
async def test_a_letter_that_the_server_lets_fall_waits_and_the_next_one_goes_on(
    step: str,
    mood: Callable[[], Awaitable[bool]],
    limit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, limit, SHORT)
    moods = Moods(step, mood)
    async with serving(moods) as url:
        left = await delivered(url, tmp_path)
    assert left.waiting == 1
    first, second = await Email.get(to_address=FIRST), await Email.get(to_address=SECOND)
    assert (first.status, first.attempts) == (EmailStatus.QUEUED, 1)
    assert first.last_error
    assert (second.status, second.attempts) == (EmailStatus.SENT, 1)
    assert moods.taken[-1] == SECOND


async def test_a_server_with_a_certificate_that_nobody_vouches_for_gets_no_mail(
    tmp_path: Path,
) -> None:
    moods = Moods("", hang_up)
    async with serving(moods, _self_signed(tmp_path / "own.pem")) as url:
        left = await delivered(url, tmp_path)
    assert (left.waiting, left.next_in_seconds) == (2, UNWELCOME_SECONDS)
    assert moods.taken == []
    first = await Email.get(to_address=FIRST)
    assert "certificate" in (first.last_error or "").lower()
    assert (await Email.get(to_address=SECOND)).attempts == 0, "it is left alone for a while"


def _self_signed(file: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(own + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
