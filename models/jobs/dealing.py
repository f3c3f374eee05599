"""Numbers dealt from a range: each position once a lap, so that no two pieces look at the same one.

The order of a range is a keyed permutation (`models.rules.account_number`); whether a number is
taken is asked of the accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns, seal
from models.database import raw, transaction
from models.ids import new_id
from models.jobs.chunk import Piece
from models.rules.account_number import DealingOrder, NumberRange

KEY_PURPOSE = "account-numbers"
MOST_AT_ONCE = 10_000  # numbers asked for in one statement

# The range's row is locked for this statement alone: pieces of a job do not wait for each other.
_RESERVE = """
INSERT INTO dealt_ranges (id, prefix, length, next_position) VALUES ($1, $2, $3, $4)
ON CONFLICT (prefix, length)
DO UPDATE SET next_position = dealt_ranges.next_position + excluded.next_position
RETURNING id, next_position - $4 AS first
"""
_RECORD = """
INSERT INTO dealt_positions (dealt_range_id, job_id, chunk_no, first_position, positions)
VALUES ($1, $2, $3, $4, $5)
"""
_RECORDED = """
SELECT first_position, positions FROM dealt_positions
 WHERE job_id = $1 AND chunk_no = $2 ORDER BY id
"""
_NEXT = "SELECT next_position FROM dealt_ranges WHERE prefix = $1 AND length = $2"
_TAKEN = "SELECT number FROM accounts WHERE number = ANY ($1)"


class DealtRange(Model):
    """How far a range of numbers has been dealt; positions beyond its size begin another lap."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    prefix = fields.CharField(max_length=20)
    length = fields.SmallIntField()
    next_position = fields.BigIntField(default=0)

    class Meta:
        table = "dealt_ranges"
        unique_together = (("prefix", "length"),)


class DealtPositions(Model):
    """Positions that one piece of a job has reserved; a repeat of the piece uses them again."""

    id = fields.BigIntField(primary_key=True, generated=True)
    dealt_range = columns.belongs_to("DealtRange", "dealt")
    dealt_range_id: UUID
    job = columns.belongs_to("Job", "dealt")
    job_id: UUID
    chunk_no = fields.IntField()
    first_position = fields.BigIntField()
    positions = fields.IntField()

    class Meta:
        table = "dealt_positions"
        indexes = (("job_id", "chunk_no"),)


@dataclass(frozen=True, slots=True)
class Dealt:
    """Some positions, from `first` on."""

    first: int
    count: int


async def deal(number_range: NumberRange, piece: Piece, wanted: int) -> list[str]:
    """Up to `wanted` numbers that no account has or had; fewer when the range has no more.

    What the piece had reserved before comes first. Not for use inside a transaction: it would keep
    the range locked.
    """
    order = order_of(number_range)
    free: list[str] = []
    looked_at, ahead = 0, 1
    recorded = await _recorded(piece)
    while len(free) < wanted and looked_at < number_range.size:
        if recorded:
            dealt = recorded.pop(0)
        else:
            # The fuller the range, the further ahead one looks at a time.
            count = min(wanted * ahead, MOST_AT_ONCE, number_range.size)
            dealt, ahead = await _reserve(number_range, piece, count), ahead * 2
        looked_at += dealt.count
        free += await _untaken(order, dealt, set(free))
    return free[:wanted]


def order_of(number_range: NumberRange) -> DealingOrder:
    """The order in which the house deals a range, the same for ever."""
    return DealingOrder(seal.derived_key(KEY_PURPOSE), number_range)


async def next_numbers(number_range: NumberRange, wanted: int) -> tuple[str, ...]:
    """The numbers that would be dealt next, none of them reserved.

    Fewer where the next thousands are nearly all taken: nobody waits for an example.
    """
    order = order_of(number_range)
    async with transaction() as tx:
        first = await raw(tx).fetchval(_NEXT, number_range.prefix, number_range.length) or 0
    free: list[str] = []
    looked_at, most = 0, min(MOST_AT_ONCE, number_range.size)
    while len(free) < wanted and looked_at < most:
        dealt = Dealt(first + looked_at, min(wanted + looked_at, most - looked_at))
        looked_at += dealt.count
        free += await _untaken(order, dealt, set(free))
    return tuple(free[:wanted])


async def _reserve(number_range: NumberRange, piece: Piece, count: int) -> Dealt:
    """Positions for this piece alone; they stay reserved whatever becomes of its rows."""
    place = (number_range.prefix, number_range.length)
    async with transaction() as tx:
        row = await raw(tx).fetchrow(_RESERVE, new_id(), *place, count)
        if row is None:
            raise RuntimeError("an upsert answered no row")
        first = row["first"]
        await raw(tx).execute(_RECORD, row["id"], piece.job_id, piece.chunk_no, first, count)
        return Dealt(first, count)


async def _recorded(piece: Piece) -> list[Dealt]:
    async with transaction() as tx:
        rows = await raw(tx).fetch(_RECORDED, piece.job_id, piece.chunk_no)
    return [Dealt(row["first_position"], row["positions"]) for row in rows]


async def _untaken(order: DealingOrder, dealt: Dealt, chosen: set[str]) -> list[str]:
    positions = range(dealt.first, dealt.first + dealt.count)
    numbers = [order.number_at(position % order.range.size) for position in positions]
    async with transaction() as tx:
        taken = {row["number"] for row in await raw(tx).fetch(_TAKEN, numbers)} | chosen
    return [number for number in dict.fromkeys(numbers) if number not in taken]
