"""From a queued row to a letter in the post, and back to what became of it.

A letter is leased before it is sent, so two senders never hold the same one. How it travels, and
what the mail server says, is known a floor higher.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, transaction
from models.mail.catalogue import CATALOGUE
from models.mail.email import Email
from models.mail.password_link import issue_link
from models.mail.rendering import Rendered, Unrenderable, render
from models.mail.template import EmailTemplate
from models.rules.errors import DomainError

# Longer than one letter may take on its way; a sender that died gives it up after this.
LEASE_SECONDS = 60
FIRST_BACK_OFF_SECONDS = 30
LONGEST_BACK_OFF_SECONDS = 4 * 3600
GIVEN_UP_AFTER = timedelta(hours=24)
REDACTED = "[link removed]"

_LEASE = """
UPDATE emails SET attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 second'
 WHERE id = (SELECT id FROM emails
              WHERE batch_id = $1 AND status = 'QUEUED' AND next_attempt_at <= now()
              ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_SENT = """
UPDATE emails SET status = 'SENT', sent_at = now(), last_error = NULL WHERE id = $1
"""
_LATER = """
UPDATE emails
   SET last_error = $2,
       refused_since = coalesce(refused_since, now()),
       status = CASE WHEN refused_since < now() - $5::interval THEN 'FAILED' ELSE 'QUEUED' END,
       next_attempt_at = now() + least($3 * power(2, attempts - 1), $4) * interval '1 second'
 WHERE id = $1 AND status = 'QUEUED'
"""
# Tried for ever, so the doubling ends somewhere: beyond 2^1023 it would be an error.
_UNWELCOME = """
UPDATE emails
   SET last_error = $2,
       refused_since = NULL,
       next_attempt_at = now()
           + least($3 * power(2, least(attempts, 20) - 1), $4) * interval '1 second'
 WHERE id = $1 AND status = 'QUEUED'
"""
_NEVER = "UPDATE emails SET status = 'FAILED', last_error = $2 WHERE id = $1 AND status = 'QUEUED'"
# A deletion may have stopped and emptied it meanwhile: then it stays empty.
_TEXT = "UPDATE emails SET subject = $2, body = $3 WHERE id = $1 AND status = 'QUEUED'"
_OUTSTANDING = """
SELECT count(*)::int AS waiting,
       ceil(greatest(extract(epoch FROM min(next_attempt_at) - now()), 0))::int AS next_in_seconds
  FROM emails WHERE batch_id = $1 AND status = 'QUEUED'
"""
_RECIPIENT = """
SELECT concat_ws(' ', first_name, last_name) AS name, number FROM accounts WHERE id = $1
"""
_ISSUER = """
SELECT coalesce(p.name, a.company, a.first_name, 'Trunkline') AS name, p.website, p.reply_to
  FROM (SELECT $1::uuid AS id) wanted
  LEFT JOIN issuer_profiles p ON p.reseller_id IS NOT DISTINCT FROM wanted.id
  LEFT JOIN accounts a ON a.id = wanted.id
"""
_STAFF = """
SELECT staff_id FROM logins WHERE email_folded = fold($1)
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail ready to travel; its text may let somebody in, so it is never logged."""

    id: UUID
    to: str
    rendered: Rendered = field(repr=False)
    issuer_name: str = ""
    reply_to: str | None = None
    invoice_id: UUID | None = None  # the document that goes with it


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a batch still has to send, and in how many seconds the next one is due."""

    waiting: int
    next_in_seconds: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """In whose name a mail is sent."""

    name: str
    website: str
    reply_to: str | None


async def take_letter(batch_id: UUID, public_url: str) -> Letter | None:
    """Lease the batch's next due mail and write it; None when none is due.

    One that can not be written (a template at fault) is marked FAILED, and the next is taken.
    """
    while True:
        async with transaction() as tx:
            email_id = await raw(tx).fetchval(_LEASE, batch_id, LEASE_SECONDS)
        if email_id is None:
            return None
        try:
            return await _write(await Email.get(id=email_id), public_url)
        except Unrenderable as wrong:
            await mark_never(email_id, f"The template can not be filled in: {wrong}")
        except DomainError as refusal:  # the link it should carry is not given any more
            await mark_never(email_id, refusal.message)


async def mark_sent(email_id: UUID) -> None:
    """The mail server has taken it."""
    await _mark(_SENT, email_id)


async def mark_later(email_id: UUID, reason: str) -> None:
    """It could not be handed over now; a day after the first time it is FAILED."""
    back_off = (FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS)
    await _mark(_LATER, email_id, reason, *back_off, GIVEN_UP_AFTER)


async def mark_unwelcome(email_id: UUID, reason: str) -> None:
    """The mail server will not have us; the mail waits however long that takes."""
    back_off = (FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS)
    await _mark(_UNWELCOME, email_id, reason, *back_off)


async def mark_never(email_id: UUID, reason: str) -> None:
    """It can not be delivered; `reason` holds the mail server's words."""
    await _mark(_NEVER, email_id, reason)


async def outstanding(batch_id: UUID) -> Outstanding:
    """What the batch still has to send."""
    async with transaction() as tx:
        row = await raw(tx).fetchrow(_OUTSTANDING, batch_id)
    if row is None:
        raise RuntimeError("a count answered no row")
    return Outstanding(row["waiting"], row["next_in_seconds"] or 0)


async def _mark(statement: str, email_id: UUID, *values: object) -> None:
    async with transaction() as tx:
        await raw(tx).execute(statement, email_id, *values)


async def _write(email: Email, public_url: str) -> Letter:
    """Fill in the template; a link it carries is valid from here on, the row keeps it redacted."""
    lifetime = CATALOGUE[email.template].link_lifetime
    wording = await EmailTemplate.wording(email.template, email.issuer_id)
    async with transaction() as tx:
        issuer = await _issuer(tx, email.issuer_id)
        facts = await _facts(tx, email, issuer)
        if lifetime is None:
            kept = rendered = render(wording, facts)
        else:
            kept = render(wording, facts | _link(REDACTED, lifetime))
            link = f"{public_url}/set-password?token={await _token(tx, email, lifetime)}"
            rendered = render(wording, facts | _link(link, lifetime))
        await raw(tx).execute(_TEXT, email.id, kept.subject, kept.text)
    return Letter(
        email.id, email.to_address, rendered, issuer.name, issuer.reply_to, email.invoice_id
    )


def _link(link: str, lifetime: timedelta) -> dict[str, Any]:
    days, minutes = lifetime.days, lifetime.seconds // 60
    return {"link": link, "link_lifetime": f"{days} days" if days else f"{minutes} minutes"}


async def _token(tx: BaseDBAsyncClient, email: Email, lifetime: timedelta) -> str:
    if email.account_id is not None:
        return await issue_link(lifetime, account_id=email.account_id)
    staff_id = await raw(tx).fetchval(_STAFF, email.to_address)
    return await issue_link(lifetime, staff_id=staff_id)


async def _issuer(tx: BaseDBAsyncClient, issuer_id: UUID | None) -> Issuer:
    row = await raw(tx).fetchrow(_ISSUER, issuer_id)
    if row is None:
        return Issuer("", "", None)
    return Issuer(row["name"], row["website"] or "", row["reply_to"])


async def _facts(tx: BaseDBAsyncClient, email: Email, issuer: Issuer) -> dict[str, Any]:
    recipient = {"name": "", "number": ""}
    if email.account_id is not None:
        row = await raw(tx).fetchrow(_RECIPIENT, email.account_id)
        recipient = {} if row is None else dict(row)
    named = {"name": issuer.name, "website": issuer.website}
    return {"recipient": recipient, "issuer": named, **email.facts}
