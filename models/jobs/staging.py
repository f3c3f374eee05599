"""A file's records become rows of a job: secrets sealed, repeats marked, what is read counted.

Cells that are not read are kept for the report, but no secret among them. Where the records come
from is known a floor higher.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson

from models import seal
from models.database import raw, transaction
from models.jobs.import_lines import CELLS_PURPOSE
from models.jobs.import_plan import ImportPlan
from models.jobs.job_row import Span, StagedRow, UniqueColumn, close_staging
from models.rules.csv_text import Record
from models.rules.customer_columns import Layout
from models.rules.enums import CustomerImportField, ImportMatch

# No two rows of a file may name the same one of these.
_UNIQUE = {
    CustomerImportField.NUMBER: ("number",),
    CustomerImportField.EMAIL: ("email",),
    CustomerImportField.SIP_USERNAME: ("sipUsername",),
}
# Where rows find accounts by their reference, a second row would change the same one again.
_MATCHED = {CustomerImportField.REFERENCE: ("reference",)}
_NAMES = (CustomerImportField.NUMBER, CustomerImportField.SIP_USERNAME)
_HEADER = """
UPDATE jobs SET unmapped_columns = $2,
                input = jsonb_set(input, '{header}', $3::jsonb)
 WHERE id = $1
"""


async def keep_header(job_id: UUID, plan: ImportPlan) -> None:
    """Write down the header as the job has read it, and which of its columns mean nothing."""
    async with transaction() as tx:
        header = orjson.dumps(plan.header).decode()
        await raw(tx).execute(_HEADER, job_id, list(plan.layout().unmapped), header)


def staged(records: Sequence[Record], layout: Layout) -> list[StagedRow]:
    """Rows to be written for these records."""
    hidden = layout.hidden
    return [_staged(record, layout, hidden) for record in records]


async def close_import(job_id: UUID, plan: ImportPlan) -> Span:
    """All records are staged: count them and mark those that repeat another's number or address."""
    unique = _UNIQUE | (_MATCHED if plan.match is ImportMatch.REFERENCE else {})
    fields = plan.layout().fields
    columns = [
        UniqueColumn(at, unique[field]) for at, field in enumerate(fields) if field in unique
    ]
    names = [fields.index(field) for field in _NAMES if field in fields]
    return await close_staging(job_id, columns, names if len(names) == len(_NAMES) else ())


def _staged(record: Record, layout: Layout, hidden: Sequence[int]) -> StagedRow:
    problems = () if record.problem is None else (record.problem,)
    cells = list(record.cells)
    secrets = [(at, cells[at]) for at in hidden if at < len(cells) and cells[at]]
    for at, _ in secrets:
        cells[at] = ""
    read = [(at, cell) for at, cell in secrets if layout.fields[at] is not None]
    sealed = seal.seal(CELLS_PURPOSE, orjson.dumps(read)) if read else None
    return StagedRow(record.row_number, cells, sealed, problems)
