"""The steps of a deletion: all who go are off, then piece by piece revoked everywhere and removed.

Rows know how far a piece is, so each step may be killed anywhere and repeated.
"""

from __future__ import annotations

from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beat import heartbeating
from activities.failures import AWAY
from activities.following import let_switches_forget
from activities.jobs import JobRef, PieceEnd, PieceRef, Prepared, piece_of
from models.jobs import deletion
from models.jobs.deletion_plan import stage_deletion
from models.jobs.waiting import waits_for_switches, waits_no_longer


@activity.defn
async def stage_deletions(ref: JobRef) -> Prepared:
    """Write down whom the job deletes, unless they are others than its asker saw; switch them off.

    Not done when people interrupted it.
    """
    job_id = UUID(ref.job_id)
    async with heartbeating():
        span = await stage_deletion(job_id)
        is_done = await deletion.switch_all_off(job_id, span)
    return Prepared(is_done=is_done, first_row=span.first, last_row=span.last)


@activity.defn
async def delete_accounts(ref: PieceRef) -> PieceEnd:
    """Delete the accounts of one piece.

    Not done when people interrupted it, or when it has to wait for pieces before it. While a
    switch has not let go of their devices, it is tried again, and the job's row says so.
    """
    piece = piece_of(ref)
    async with heartbeating():
        begun = await deletion.begin(piece)
        if begun is None:
            await waits_no_longer(piece.job_id)
            return PieceEnd(is_done=False)
        if lagging := await let_switches_forget(begun):
            if not await waits_for_switches(piece.job_id, lagging):
                return PieceEnd(is_done=False)
            raise ApplicationError("A switch has not let go of all devices yet.", type=AWAY)
        return PieceEnd(await deletion.finish(piece) is not None)
