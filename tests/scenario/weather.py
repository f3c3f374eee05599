"""Every kind of job under a storm, and calls to the API meanwhile; afterwards all is counted.

Numbers of a lap begin with the digit of its way in, and the lap: 6 made, 8 imported, 9 called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.embedded.mail_store import MailStore
from gateway.embedded.mailbox import Catcher, smtp_server
from models.accounts.account import Account
from models.database import raw, transaction
from models.jobs.download import Download
from models.jobs.job import Job
from models.money.invoice import Invoice
from models.rules.csv_text import records
from models.rules.enums import DownloadKind, JobKind, JobStatus
from schema.scalars import global_id, id_of
from tests import people
from tests.database.deletion_world import left_behind
from tests.database.money_world import assert_books_add_up
from tests.scenario.caller import Caller
from tests.scenario.storm import SECRET, Storm, storm, survived
from tests.temporal.billing import LATER, owing, still_due
from tests.temporal.imports import file_of, line

BILLED = 300
CALLERS = 2
# Each account is a device and two mails to follow: a development server follows a few a second.
BETWEEN_CALLS_SECONDS = 0.7
OPENED = "customerCreate { customer { id } }"
REFILLED = "accountRefill { refill { amount { amount } } }"

# One wallet, device and opening refill an account, and so many postings; else it is counted here.
_HALF_MADE = """
SELECT count(*) FROM accounts a
  LEFT JOIN ledger_accounts w ON w.id = a.id
 WHERE a.number LIKE $1
   AND (w.balance, w.last_entry_no,
        (SELECT count(*) FROM refills r WHERE r.account_id = a.id),
        (SELECT count(*) FROM sip_devices d WHERE d.account_id = a.id), a.status)
       IS DISTINCT FROM ($2::numeric, $3::int, $4::int, $5::int, $6::text)
"""
_TREATED = """
SELECT (SELECT coalesce(sum(done), 0) FROM job_chunks WHERE job_id = $1) = $2
   AND (SELECT count(*) FROM job_rows WHERE job_id = $1 AND outcome = ANY ($3)) = $2
   AND (SELECT count(DISTINCT account_id) FROM job_rows WHERE job_id = $1) = $2
"""


_KINDS = {
    "customerMassCreate": JobKind.MASS_CREATE,
    "customerImportStart": JobKind.IMPORT,
    "customerExportStart": JobKind.EXPORT,
    "billingRunStart": JobKind.BILLING_RUN,
    "customersUpdate": JobKind.BATCH_UPDATE,
    "customersDelete": JobKind.DELETE,
}


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it gets: kills in all and at most in half a lap, rows of a job."""

    kills: int
    at_once: int
    rows: int


@dataclass(slots=True)
class Lap:
    """One round: everything is opened in its first half, and changed or deleted in its second."""

    number: int
    house: Storm
    caller: Caller
    rates: str
    rows: int
    calls: int = 0

    async def first_half(self) -> None:
        """A mass creation, an import, an export and a billing run, and customers one by one."""
        owed = await survived(lambda: owing(BILLED))
        started = self._mass_create(), self._import(), self._export({}), self._billing_run()
        await self._carried(*started)
        assert await survived(Invoice.filter(account_id__in=owed, total=10).count) == BILLED
        assert await survived(Invoice.filter(account_id__in=owed).count) == BILLED
        assert await survived(still_due) == 0
        await self._whole("6", self.rows, Decimal(1), devices=1)
        await self._whole("8", self.rows, Decimal(1), devices=0)

    async def second_half(self) -> None:
        """A batch update of the imported, a deletion of the made, an export of the imported."""
        imported = {"number": {"startsWith": f"8{self.number}"}}
        jobs = await self._carried(
            self._batch_update(imported), self._deletion(), self._export(imported)
        )
        await self._whole("8", self.rows, Decimal(3), devices=0, entries=2)
        await self._whole("6", self.rows, Decimal(0), devices=0, entries=2, status="DELETED")
        assert await survived(left_behind) == {}
        await self._exported(jobs[-1])

    async def _carried(self, *starts: Coroutine[Any, Any, UUID]) -> list[Job]:
        """The jobs once all are over, each complete; customers are opened meanwhile."""
        async with asyncio.TaskGroup() as working:
            for _ in range(CALLERS):
                working.create_task(self._call())
            started = [working.create_task(start) for start in starts]
            jobs = await self._over([await each for each in started])
            self.house.is_raging = False
        for job in jobs:
            assert job.status is JobStatus.COMPLETED, (job.kind, job.failure)
            if job.total is not None:
                assert await survived(lambda job=job: _is_treated(job)), job.kind  # type: ignore[misc]  # asked before the next job
        await self._whole("9", self.calls, Decimal(3), devices=1, entries=2, refills=2)
        await survived(assert_books_add_up)
        return jobs

    async def _over(self, ids: list[UUID]) -> list[Job]:
        while True:
            jobs = await survived(lambda: Job.filter(id__in=ids).all())
            self.house.under_way = {job.kind for job in jobs if not job.is_terminal}
            if not self.house.under_way:
                return sorted(jobs, key=lambda job: ids.index(job.id))
            await asyncio.sleep(0.2)

    async def _call(self) -> None:
        """Customers with a device and 1.00, and 2.00 later; each twice over is a difference."""
        while self.house.is_raging:
            mark, self.calls = self.calls, self.calls + 1
            opened = await self.caller.told(
                OPENED,
                idempotencyKey=f"open-{self.number}-{mark}",
                number=f"9{self.number}{mark:06}",
                type="PREPAID",
                firstName="Cal",
                email=f"c{self.number}-{mark}@storm.example",
                rateGroupId=self.rates,
                createSipDevice=True,
                openingBalance="1",
            )
            await self.caller.told(
                REFILLED,
                idempotencyKey=f"refill-{self.number}-{mark}",
                accountId=opened["customer"]["id"],
                amount="2",
                currencyCode="USD",
            )
            await asyncio.sleep(BETWEEN_CALLS_SECONDS)

    async def _whole(
        self,
        way: str,
        count: int,
        balance: Decimal,
        *,
        devices: int,
        entries: int = 1,
        refills: int = 1,
        status: str = "ACTIVE",
    ) -> None:
        """So many accounts of this lap came this way, and each has just this."""
        prefix = f"{way}{self.number}"
        accounts = Account.filter(number__startswith=prefix)
        assert await survived(accounts.count) == count, prefix
        has = (f"{prefix}%", balance, entries, refills, devices, status)
        assert await survived(lambda: _counted(_HALF_MADE, *has)) == 0, has

    async def _exported(self, job: Job) -> None:
        file = await survived(lambda: Download.get(job_id=job.id, kind=DownloadKind.EXPORT))
        text = (self.house.storage / (file.storage_key or "")).read_text()
        numbers = [record.cells[0] for record in records([text], ",")][1:]
        assert len(numbers) == len(set(numbers)) == self.rows

    async def _started(self, call: str, **given: Any) -> UUID:
        key = f"{call}-{self.number}-{len(given.get('where', ''))}"
        payload = await self.caller.told(f"{call} {{ job {{ id }} }}", idempotencyKey=key, **given)
        job_id = id_of("Job", payload["job"]["id"])
        assert job_id is not None
        self.house.under_way |= {_KINDS[call]}
        return job_id

    async def _mass_create(self) -> UUID:
        return await self._started(
            "customerMassCreate",
            count=self.rows,
            prefix=f"6{self.number}",
            numberLength=8,
            type="PREPAID",
            currencyCode="USD",
            countryCode="US",
            timeZone="UTC",
            rateGroupId=self.rates,
            createSipDevices=True,
            openingBalance="1",
        )

    async def _import(self) -> UUID:
        lines = [
            line(f"8{self.number}{n:06}", f"p{self.number}-{n}@storm.example", Balance="1")
            for n in range(self.rows)
        ]
        upload_id = await self.caller.upload(file_of(lines))
        defaults = {"type": "PREPAID", "rateGroupId": self.rates}
        return await self._started("customerImportStart", uploadId=upload_id, defaults=defaults)

    async def _export(self, where: dict[str, Any]) -> UUID:
        return await self._started("customerExportStart", where=where)

    async def _billing_run(self) -> UUID:
        return await self._started("billingRunStart", asOf=LATER.isoformat())

    async def _batch_update(self, where: dict[str, Any]) -> UUID:
        changes = {"balance": {"increase": "2"}}
        return await self._started(
            "customersUpdate", where=where, expectedCount=self.rows, changes=changes
        )

    async def _deletion(self) -> UUID:
        where = {"number": {"startsWith": f"6{self.number}"}}
        return await self._started(
            "customersDelete", where=where, expectedCount=self.rows, balancePolicy="RETURN"
        )


async def weather(folder: Path, told: Weather, seed: int) -> Storm:
    """Laps until so many have died. Raises AssertionError for a difference."""
    store = MailStore(folder / "mails")
    async with (
        smtp_server(Catcher(store), 0) as port,
        storm(folder, f"smtp://127.0.0.1:{port}", seed) as house,
    ):
        admin = await people.administrator()
        people.install_secret(SECRET)
        rates = global_id("RateGroup", await people.rate_group(admin))
        caller = Caller(house.api, admin.token)
        number = 0
        while len(house.kills) < told.kills:
            lap = Lap(number, house, caller, rates, told.rows)
            await house.rage(lap.first_half(), min(told.at_once, told.kills - len(house.kills)))
            await house.rage(lap.second_half(), min(told.at_once, told.kills - len(house.kills)))
            number += 1
            house.calls += lap.calls
            house.repeats = caller.repeats
        await caller.leave()
        return house


async def _is_treated(job: Job) -> bool:
    """Whether each of its rows was treated once, and each is about another account."""
    good = ["CREATED", "UPDATED", "DELETED"]
    return bool(await _counted(_TREATED, job.id, job.total, good)) or job.kind is JobKind.EXPORT


async def _counted(query: str, *values: object) -> int:
    async with transaction() as tx:
        return int(await raw(tx).fetchval(query, *values))
