"""What an import is to do, and the start of it: everything that can be refused at once is.

What the file's rows hold is found out by the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.opening import Terms, judge
from models.database import raw, transaction
from models.jobs.job import Job, JobOrder
from models.jobs.plans import as_json, from_json
from models.jobs.upload import Upload
from models.rules.csv_text import form_problems
from models.rules.customer_columns import KNOWN_COLUMNS, Layout, recognised
from models.rules.customer_csv import ImportDefaults
from models.rules.draft import CustomerDraft
from models.rules.enums import CustomerImportField, ImportMatch, JobKind
from models.rules.errors import Problem, Refused
from models.rules.viewer import Viewer

_SLOW = (
    "The file has passwords: to hash one for each account that is opened takes up to a tenth of a"
    " second, so the job takes longer than without them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """How a file becomes accounts.

    defaults: their reseller is whose accounts it is about, whoever carries it out; None is the
    administration. seen_reseller_ids: whose accounts rows may name by their number, whoever carries
    it out; None is everybody's. columns: the meaning of columns by title; None, they are recognised
    by name. encoding, separator: None, as detected. header: as the file has it, once it was read.
    """

    upload_id: UUID
    defaults: ImportDefaults
    match: ImportMatch = ImportMatch.NONE
    columns: Mapping[str, CustomerImportField] | None = None
    encoding: str | None = None
    separator: str | None = None
    send_welcome: bool = False
    header: tuple[str, ...] = ()
    seen_reseller_ids: tuple[UUID, ...] | None = ()

    @classmethod
    def of(cls, job: Job) -> ImportPlan:
        """The plan of a job that was started with one."""
        return from_json(cls, job.input)

    def layout(self) -> Layout:
        """What the columns mean; raises Refused as `recognised`."""
        return recognised(self.header, self.match, self.columns)


async def start_import(plan: ImportPlan, viewer: Viewer, *, dry_run: bool = False) -> Job:
    """Queue an import of an uploaded file.

    Raises DomainError NOT_FOUND for an upload that is not the viewer's, and Refused with
    everything against its columns and the defaults.
    """
    async with transaction() as tx:
        upload = await Upload.finished(plan.upload_id, viewer)
        header = tuple(upload.header or ())
        plan = replace(_owned(plan, viewer), header=header)
        if problems := form_problems(plan.encoding, plan.separator):
            raise Refused(tuple(map(_below_defaults, problems)))
        as_detected = plan.encoding in {None, upload.encoding}
        as_detected = as_detected and plan.separator in {None, upload.separator}
        # With another encoding or separator the header reads differently: the job will see.
        unmapped = plan.layout().unmapped if as_detected else ()
        await _refuse_defaults(tx, plan.defaults, viewer)
        order = JobOrder(
            kind=JobKind.IMPORT,
            plan=as_json(plan),
            dry_run=dry_run,
            upload_id=plan.upload_id,
            unmapped_columns=unmapped,
        )
        return await Job.queue(order, viewer)


def notices(job: Job) -> tuple[str, ...]:
    """Sentences on what the file of an import brings with it, as far as its header is known."""
    plan = ImportPlan.of(job)
    known = KNOWN_COLUMNS if plan.columns is None else plan.columns
    read = {known.get(title.strip()) for title in plan.header}
    slow = CustomerImportField.PASSWORD in read and not job.dry_run
    return (_SLOW,) if slow else ()


def _owned(plan: ImportPlan, viewer: Viewer) -> ImportPlan:
    """Say whose accounts these are: another may try rows again, and they stay the same owner's."""
    owner_id = plan.defaults.reseller_id or viewer.owner_id
    return replace(
        plan,
        defaults=replace(plan.defaults, reseller_id=owner_id),
        seen_reseller_ids=None if viewer.is_staff else viewer.reseller_ids,
    )


async def _refuse_defaults(tx: BaseDBAsyncClient, defaults: ImportDefaults, viewer: Viewer) -> None:
    """Every row takes the defaults: what is against them would reject all of them."""
    draft = CustomerDraft(first_name="-", **asdict(defaults))
    terms = Terms(opener=viewer, now=datetime.now(UTC), in_bulk=True)
    [judged], _ = await judge(raw(tx), [draft], terms)
    if judged.problems:
        raise Refused(tuple(_below_defaults(problem) for problem in judged.problems))


def _below_defaults(problem: Problem) -> Problem:
    return Problem(problem.code, ("defaults", *problem.field[-1:]), problem.message)
