"""What a dry run's opening balances ask of the reseller that would pay them, and if it has it.

Exact in the order of the rows: each against what those before it leave. In earnest the pieces run
side by side, so where the funds end, rows of pieces in work at that moment may be luckier or not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.opening import Judged
from models.database import raw
from models.jobs.chunk import Piece, Tally, Treated, treat_once
from models.jobs.import_lines import Import
from models.jobs.job import Job
from models.money.currency import CurrencyRate
from models.money.ledger import OWNER_LACKS, TOO_MUCH
from models.money.party import Party
from models.rules.errors import DomainError, ErrorCode, Problem
from models.rules.money import amount_violation
from models.rules.payment_chain import Member, Rates, converted
from models.rules.reasons import reasons_json

FUNDS_PIECE = -1  # beside the pieces of rows, which count from 0
AT_ONCE = 5000  # refused rows written by one statement; a million at once would not fit the memory
LACKING = Problem(ErrorCode.INSUFFICIENT_BALANCE, ("openingBalance",), OWNER_LACKS)
UNPAYABLE = Problem(ErrorCode.OUT_OF_RANGE, ("openingBalance",), TOO_MUCH)

_AVAILABLE = """
SELECT w.balance + a.credit_limit FROM ledger_accounts w JOIN accounts a ON a.id = w.id
 WHERE w.id = $1
"""
_ASKED = "SELECT sum(amount) FROM job_rows WHERE job_id = $1 AND outcome = 'CREATED'"
_IN_ORDER = """
SELECT row_no, amount FROM job_rows
 WHERE job_id = $1 AND outcome = 'CREATED' AND amount > 0 ORDER BY row_no
"""
_REFUSE = """
UPDATE job_rows SET outcome = 'REJECTED', reasons = $3::jsonb
 WHERE job_id = $1 AND row_no = ANY ($2::int[])
"""


async def prices(
    tx: BaseDBAsyncClient, accounts: Sequence[Judged], owner_id: UUID | None
) -> list[Decimal | Problem | None]:
    """What each opening would take from the owner's wallet, in its currency, or why it can not.

    None for accounts that take nothing from a wallet: the administration pays from its cash.
    """
    if owner_id is None or not any(judged.draft.opening_balance for judged in accounts):
        return [None] * len(accounts)
    payer = (await Party.of(tx, owner_id)).chain[0]
    members = [_member(judged, payer) for judged in accounts]
    rates = await CurrencyRate.between(tx, [(member, payer) for member in members])
    available = await raw(tx).fetchval(_AVAILABLE, owner_id)
    priced = (
        _price(judged.draft.opening_balance, member.currency_code, payer, rates)
        for judged, member in zip(accounts, members, strict=True)
    )
    # What alone is more than all there is need not wait for the sum.
    return [LACKING if isinstance(p, Decimal) and p > available else p for p in priced]


async def judge_funds(job: Job) -> None:
    """Refuse what the owner's funds do not cover, once all rows have their verdicts; done once."""
    await treat_once(Piece(job.id, FUNDS_PIECE, 0, -1), _within_funds, is_begun=True)


async def _within_funds(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    owner_id = Import.of(await Job.get(id=piece.job_id)).owner_id
    available = await raw(tx).fetchval(_AVAILABLE, owner_id)
    asked = await raw(tx).fetchval(_ASKED, piece.job_id)
    refused, reasons = 0, reasons_json([LACKING])
    if asked and asked > available:
        async for row_numbers in _uncovered(tx, piece.job_id, available):
            await raw(tx).execute(_REFUSE, piece.job_id, row_numbers, reasons)
            refused += len(row_numbers)
    # The rows are counted already, as good ones.
    return Treated(Tally(done=0, succeeded=-refused, failed=refused), ())


async def _uncovered(
    tx: BaseDBAsyncClient, job_id: UUID, available: Decimal
) -> AsyncIterator[list[int]]:
    """Numbers of the rows for which too little is left by those before them, so many at a time."""
    found: list[int] = []
    async for row in raw(tx).cursor(_IN_ORDER, job_id, prefetch=AT_ONCE):
        if row["amount"] <= available:
            available -= row["amount"]
        else:
            found.append(row["row_no"])
        if len(found) == AT_ONCE:
            yield found
            found = []
    if found:
        yield found


def _price(
    amount: Decimal | None, currency_code: str, payer: Member, rates: Rates
) -> Decimal | Problem | None:
    if not amount:
        return None
    try:
        price = converted(amount, currency_code, payer.currency_code, rates)
    except DomainError as refused:
        return refused.problems[0]
    except ArithmeticError:
        return UNPAYABLE
    return UNPAYABLE if amount_violation(price) else price


def _member(judged: Judged, payer: Member) -> Member:
    return replace(payer, currency_code=judged.draft.currency_code or payer.currency_code)
