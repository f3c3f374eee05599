"""The steps of a batch update: who is changed, and the change of a piece of them.

A piece is done once its rows are committed; then the switches follow, which may be repeated.
"""

from __future__ import annotations

from uuid import UUID

from temporalio import activity

from activities.beat import heartbeating
from activities.following import let_switches_follow
from activities.jobs import JobRef, PieceEnd, PieceRef, Prepared, piece_of
from models.jobs import batch_update
from models.jobs.chunk import treat_once


@activity.defn
async def stage_changes(ref: JobRef) -> Prepared:
    """Write down whom the job changes, unless they are others than its asker saw."""
    async with heartbeating():
        span = await batch_update.stage_accounts(UUID(ref.job_id))
    return Prepared(is_done=True, first_row=span.first, last_row=span.last)


@activity.defn
async def change_accounts(ref: PieceRef) -> PieceEnd:
    """Change the accounts of one piece, and let the switches follow."""
    piece = piece_of(ref)
    async with heartbeating():
        if await treat_once(piece, batch_update.update_rows) is None:
            return PieceEnd(is_done=False)
        await let_switches_follow(await batch_update.changed_accounts(piece))
    return PieceEnd(is_done=True)
