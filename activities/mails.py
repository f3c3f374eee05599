"""Delivery of one batch of mails, a hundred at a time.

Each mail's row says what became of it, so a repeat sends only what is still queued.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.outside import outside
from activities.paper import Undrawable, pdf_of
from activities.post import Answer, Fate, Post
from models.mail import sending
from models.mail.sending import Letter

AT_ONCE = 100  # one connection's worth
UNWELCOME_SECONDS = 900  # wrong credentials do not heal by themselves, and hammering locks us out

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailBatch:
    """Which mails."""

    batch_id: str


@dataclass(frozen=True, slots=True)
class MailsLeft:
    """How many mails of the batch are still queued, and in how many seconds to go on."""

    waiting: int
    next_in_seconds: int


@activity.defn
async def deliver_mails(batch: MailBatch) -> MailsLeft:
    """Send what is due over one connection, and say what is left."""
    batch_id = UUID(batch.batch_id)
    async with heartbeating(), Post(outside().mail_server, outside().sender) as post:
        pause = await _deliver(batch_id, post)
    left = await sending.outstanding(batch_id)
    return MailsLeft(left.waiting, max(left.next_in_seconds, pause))


async def _deliver(batch_id: UUID, post: Post) -> int:
    """Send up to `AT_ONCE` mails; how long to leave the server alone, in seconds."""
    for _ in range(AT_ONCE):
        letter = await sending.take_letter(batch_id, outside().public_url)
        if letter is None:
            break
        answer = await _handed_over(post, letter)
        await _settle(letter, answer)
        if answer.fate is Fate.UNWELCOME:
            return UNWELCOME_SECONDS
        if answer.fate is Fate.AWAY:
            return sending.FIRST_BACK_OFF_SECONDS
        await asyncio.sleep(1 / outside().mails_per_second)
    return 0


async def _handed_over(post: Post, letter: Letter) -> Answer:
    enclosed = None
    if letter.invoice_id is not None:
        try:
            enclosed = await pdf_of(outside().store, letter.invoice_id)
        except Undrawable as wrong:
            _log.exception("The document of mail %s can not be drawn", letter.id)
            return Answer(Fate.LATER, str(wrong))
    return await post.hand_over(letter, enclosed)


async def _settle(letter: Letter, answer: Answer) -> None:
    match answer.fate:
        case Fate.SENT:
            await sending.mark_sent(letter.id)
        case Fate.NEVER:
            await sending.mark_never(letter.id, answer.words)
        case Fate.UNWELCOME:
            _log.error("The mail server refuses us, mails wait: %s", answer.words)
            await sending.mark_unwelcome(letter.id, answer.words)
        case Fate.LATER | Fate.AWAY:
            await sending.mark_later(letter.id, answer.words)
