"""Jobs in a storm: whatever is killed, every account is there once, with its money and device."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from gateway.embedded.mail_store import MailStore
from gateway.embedded.mailbox import Catcher, smtp_server
from models.accounts.account import Account
from models.database import raw, transaction
from models.jobs.download import Download
from models.jobs.export_plan import ExportPlan, start_export
from models.jobs.import_plan import start_import
from models.jobs.job import Job
from models.jobs.mass_create_start import start_mass_create
from models.jobs.selection import of_filter
from models.money.reconciliation import Tally, ledger_differences
from models.rules.enums import DownloadKind, JobKind, JobStatus
from tests import people
from tests.scenario.storm import Storm, storm, survived
from tests.temporal import test_mass_create
from tests.temporal.imports import file_of, line, plan, upload

ROWS = 3000
KILLS = 8
# One wallet, refill and device an account, each with its balance, or it is counted here.
_HALF_MADE = """
WITH refilled AS (SELECT account_id AS id, count(*) AS n FROM refills GROUP BY 1),
     phones AS (SELECT account_id AS id, count(*) AS n FROM sip_devices GROUP BY 1),
     told AS (SELECT account_id AS id, count(*) AS n FROM job_rows
               WHERE outcome = 'CREATED' GROUP BY 1)
SELECT count(*) FROM accounts a
  LEFT JOIN ledger_accounts w ON w.id = a.id
  LEFT JOIN refilled ON refilled.id = a.id LEFT JOIN phones ON phones.id = a.id
  LEFT JOIN told ON told.id = a.id
 WHERE a.kind = 'CUSTOMER'
   AND (w.balance, refilled.n, phones.n, told.n) IS DISTINCT FROM (1::numeric, 1, 1, 1)
"""


async def test_jobs_come_out_whole_from_a_storm(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)  # noqa: ASYNC240 - PostgreSQL's own account has to pass
    await weather(tmp_path, KILLS, seed=7)


async def weather(folder: Path, kills: int, seed: int) -> list[str]:
    """Jobs of each kind under so many kills; who died. Raises AssertionError for a difference."""
    store = MailStore(folder / "mails")
    async with smtp_server(Catcher(store), 0) as port:
        async with storm(folder, f"smtp://127.0.0.1:{port}", seed) as house:
            admin = await people.administrator()
            rates = await people.rate_group(admin)
            rounds = 0
            while len(house.kills) < kills:
                jobs = await _jobs(house, admin, rates, rounds)
                enough = min(len(house.kills) + KILLS, kills)
                await house.rage(partial(_are_over, jobs), enough)
                rounds += 1
                await _inspect(jobs, rounds)
        return house.kills


async def _jobs(house: Storm, admin: people.Person, rates: UUID, lap: int) -> list[Job]:
    """A mass creation, an import and an export; numbers of each lap begin differently."""
    lines = [
        line(f"8{lap}{n:06}", f"p{lap}-{n}@storm.example", Balance="1", SIP_Username=f"s{lap}-{n}")
        for n in range(ROWS)
    ]
    upload_id = await upload(house.store, admin.viewer, file_of(lines))
    told = test_mass_create.plan(
        rates,
        count=ROWS,
        prefix=f"7{lap}",
        create_sip_devices=True,
        opening_balance=Decimal(1),
    )
    everyone = ExportPlan(selection=of_filter({}, {}, admin.viewer))
    await survived(Job.all().count)  # what died last may still be on its way back
    return [
        await start_mass_create(told, admin.viewer),
        await start_import(plan(upload_id, rates), admin.viewer),
        await start_export(everyone, admin.viewer),
    ]


async def _are_over(jobs: list[Job]) -> bool:
    now = await Job.filter(id__in=[job.id for job in jobs])
    return all(job.is_terminal for job in now)


async def _inspect(jobs: list[Job], rounds: int) -> None:
    for job in jobs:
        await survived(job.refresh_from_db)
        assert job.status is JobStatus.COMPLETED, job.failure
        if job.kind is JobKind.EXPORT:
            offered = Download.filter(job_id=job.id, kind=DownloadKind.EXPORT)
            assert await survived(offered.count) == 1
    assert await survived(Account.filter(kind="CUSTOMER").count) == 2 * ROWS * rounds
    assert await survived(_half_made) == 0
    assert not await survived(_differences)


async def _half_made() -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval(_HALF_MADE))


async def _differences() -> list[Tally]:
    async with transaction() as tx:
        return [tally for tally in await ledger_differences(raw(tx)) if tally.count]
