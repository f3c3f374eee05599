"""Whether the house agrees with itself: audits for the administration, all empty when well."""

from collections.abc import Iterable
from uuid import UUID

import strawberry

from models.accounts.leftovers import leftovers
from models.database import read_pool
from models.jobs.outbox import Outbox
from models.jobs.stuck import stuck_jobs
from models.money.numbering import Numbering
from models.money.reconciliation import Tally as Counted
from models.money.reconciliation import ledger_differences, orphan_cdrs
from schema.context import Info
from schema.jobs.job import Job
from schema.permissions import requires
from schema.reads import loaded
from schema.refusals import Code, Refusal
from schema.tally import Tally, tallies


@strawberry.type(description="What the audits of the house find; every list is empty when well.")
class Reconciliation:
    """Read over all tables at the moment of asking."""

    stuck_job_ids: strawberry.Private[list[UUID]]
    leftovers: list[Tally] = strawberry.field(
        description="What deleted accounts still have, by table."
    )
    ledger_differences: list[Tally] = strawberry.field(
        description="Where the books disagree with themselves."
    )
    number_gaps: list[Tally] = strawberry.field(
        description="Series of documents with numbers missing or drawn twice."
    )
    orphan_cdrs: int = strawberry.field(description="CDRs that belong to no account here.")
    oldest_outbox_seconds: int = strawberry.field(
        description="For how long the oldest errand waits to be started."
    )
    stuck_jobs: list[Job] = loaded(
        "stuck_job_ids", description="Jobs that do not go on, the oldest first."
    )


async def _reconciliation(info: Info) -> Reconciliation:
    if not info.context.signed_in.is_staff:
        raise Refusal(Code.FORBIDDEN, "This is for the administration.")
    async with read_pool().acquire() as connection:
        gaps = await Numbering.gaps(connection)
        return Reconciliation(
            leftovers=_found(await leftovers(connection)),
            ledger_differences=_found(await ledger_differences(connection)),
            number_gaps=tallies(
                Counted(f"{gap.kind} of {gap.reseller_id or 'the administration'}", gap.missing)
                for gap in gaps
            ),
            orphan_cdrs=await orphan_cdrs(connection),
            oldest_outbox_seconds=await Outbox.oldest_seconds(),
            stuck_job_ids=await stuck_jobs(connection),
        )


def _found(counted: Iterable[Counted]) -> list[Tally]:
    return tallies(each for each in counted if each.count)


@strawberry.type
class ReconciliationQueries:
    """For staff."""

    reconciliation: Reconciliation = strawberry.field(
        resolver=_reconciliation,
        metadata=requires("audit:read"),
        description="What the audits find; staff only.",
    )
