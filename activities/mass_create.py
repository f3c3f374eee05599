"""The steps of a mass creation: how many rows there are, and accounts for a piece of them.

Which numbers they get is dealt by the models.
"""

from __future__ import annotations

from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.jobs import JobRef, PieceEnd, PieceRef, Prepared, piece_of
from models.jobs import lifecycle, mass_create

FIRST_ROW = 1


@activity.defn
async def count_accounts(ref: JobRef) -> Prepared:
    """The rows of a mass creation are its accounts."""
    total = (await lifecycle.standing(UUID(ref.job_id))).total or 0
    return Prepared(is_done=True, first_row=FIRST_ROW, last_row=total)


@activity.defn
async def make_accounts(piece: PieceRef) -> PieceEnd:
    """Make the accounts of one piece."""
    async with heartbeating():
        return PieceEnd(await mass_create.make_accounts(piece_of(piece)) is not None)
