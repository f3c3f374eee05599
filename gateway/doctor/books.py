"""What the tables say about work that is waiting, and whether their sums agree.

What must agree is said by the rooms that keep it; here it is only asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg

from gateway.doctor.dependencies import SECONDS
from gateway.doctor.finding import Finding, bad, good, poor
from gateway.settings import Settings
from models.accounts.leftovers import leftovers as left_behind
from models.jobs.stuck import stuck_jobs
from models.money.numbering import Numbering
from models.money.reader import Reader
from models.money.reconciliation import Tally, cdr_doubts, ledger_differences
from models.switch.hanging import hanging

PATIENCE_SECONDS = 60  # the relay takes a row within a second; a minute means that nobody does
WAITING = """
SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(created_at)), 0)::int AS seconds
  FROM outbox WHERE delivered_at IS NULL
"""
# Mails that were tried and are still to be sent; what is new has no words yet.
UNSENT = """
SELECT count(*) AS rows,
       (array_agg(last_error ORDER BY next_attempt_at DESC))[1] AS words
  FROM emails WHERE status = 'QUEUED' AND last_error IS NOT NULL
"""
# A mail that has failed keeps the instant of the attempt that would have come next.
LOST = """
SELECT count(*) AS rows,
       (array_agg(last_error ORDER BY next_attempt_at DESC))[1] AS words
  FROM emails WHERE status = 'FAILED' AND next_attempt_at > now() - interval '1 day'
"""


async def outbox(settings: Settings) -> Finding:
    """What was decided is also being started."""
    async with _tables(settings) as connection:
        waiting = await connection.fetchrow(WAITING)
    rows, seconds = waiting or (0, 0)
    sentence = f"{rows} waiting, the oldest for {seconds} s"
    if seconds > PATIENCE_SECONDS:
        return poor("outbox", sentence, "start a worker, and Temporal; see the worker's log")
    return good("outbox", sentence)


async def mails(settings: Settings) -> Finding:
    """What is to be said is being sent, and what was said since yesterday arrived."""
    async with _tables(settings) as connection:
        found = [
            (how, await connection.fetchrow(asked))
            for how, asked in (("could not be sent yet", UNSENT), ("failed in the last day", LOST))
        ]
    said = [
        f"{row['rows']} {how}, the last words: {row['words']}"
        for how, row in found
        if row is not None and row["rows"]
    ]
    if said:
        remedy = "see the mail server's line, and its own log; a failed mail can be sent again"
        return poor("mails", "; ".join(said), remedy)
    return good("mails", "none is waiting for the mail server, none failed in the last day")


async def switches(settings: Settings) -> Finding:
    """Every switch answers, and has followed every device."""
    async with _tables(settings) as connection:
        found = await hanging(connection)
    said = [f"{switch.name}: {switch.last_error}" for switch in found.switches]
    waiting = {
        "should be off": found.revoking,
        "have changed": found.lagging,
        "should be let in": found.refused,
    }
    said += [f"{count} devices that {wanted}" for wanted, count in waiting.items() if count]
    if found.silent or found.revoking or found.lagging:
        remedy = "bring back who does not answer, or retire it; what hangs is tried for ever"
        return bad("switches", "; ".join(said), remedy)
    if said:
        return poor("switches", "; ".join(said), "compare their realm, clock and address with ours")
    return good("switches", "all answer, and have followed every device")


async def jobs(settings: Settings) -> Finding:
    """Jobs that should go on do."""
    async with _tables(settings) as connection:
        stuck = await stuck_jobs(connection)
    if stuck:
        sentence = f"{len(stuck)} do not go on, the oldest is {stuck[0]}"
        return poor("jobs", sentence, "look at their workflows in the console of Temporal")
    return good("jobs", "none is stuck")


async def ledger(settings: Settings) -> Finding:
    """The books agree with themselves."""
    async with _tables(settings) as connection:
        wrong = _said(await ledger_differences(connection))
    if wrong:
        return bad("ledger", wrong, "keep the database as it is, and report this line")
    return good("ledger", "sums to zero, and every balance is its lines")


async def numbers(settings: Settings) -> Finding:
    """No number of a document is missing or stands twice."""
    async with _tables(settings) as connection:
        gaps = await Numbering.gaps(connection)
    if gaps:
        series = ", ".join(f"{gap.kind} of {gap.reseller_id or 'the house'}" for gap in gaps)
        return bad("document numbers", series, "keep the database as it is, and report this line")
    return good("document numbers", "without a gap")


async def calls(settings: Settings) -> Finding:
    """Every reported call found its account and its prices."""
    async with _tables(settings) as connection:
        doubtful = _said(await cdr_doubts(connection))
    if doubtful:
        return poor("calls", doubtful, "look at the switches' reports and the accounts they name")
    return good("calls", "each belongs to somebody, at the prices of its levels")


async def leftovers(settings: Settings) -> Finding:
    """Deleted accounts have nothing any more."""
    async with _tables(settings) as connection:
        left = _said(await left_behind(connection))
    if left:
        return bad("deleted accounts", left, "report this line; nothing of them should be left")
    return good("deleted accounts", "nothing of them is left")


def _said(tallies: Iterable[Tally]) -> str:
    return ", ".join(f"{each.count} {each.kind}" for each in tallies if each.count)


@asynccontextmanager
async def _tables(settings: Settings) -> AsyncIterator[Reader]:
    connection = await asyncpg.connect(settings.needed_database_url, timeout=SECONDS)
    try:
        yield connection
    finally:
        await connection.close()
