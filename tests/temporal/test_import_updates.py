"""Rows of a file that change accounts: all at once, and yet as a form would change each of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.patch_rows import COLUMNS, Change, write_patches
from models.accounts.patched import ELSEWHERE, Difference
from models.database import transaction
from models.jobs.halving import Refusal, halved
from models.jobs.import_plan import start_import
from models.jobs.job_row import JobRow
from models.panel.sip_device import SipDevice
from models.rules.csv_text import csv_line
from models.rules.enums import AccountType, ImportMatch, JobStatus, RowOutcome
from models.rules.errors import ErrorCode
from models.rules.patch import CustomerPatch
from tests import people
from tests.temporal.conftest import House, eventually
from tests.temporal.imports import ended, plan, upload

HEADER = ("Account", "Company", "CC", "Time Zone", "Billing Day", "Credit Limit", "Phone", "Email")
# What stands in a row, and what a form would say for the same.
SAID: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("Lee", "", "", "", "", "", ""), {"company": "Lee"}),
    (("", "3", "", "", "", "", ""), {"concurrent_calls": 3}),
    (("", "", "Asia/Tokyo", "9", "", "", ""), {"time_zone": "Asia/Tokyo", "billing_day": 9}),
    (("Lee", "", "", "", "50.5", "", ""), {"company": "Lee", "credit_limit": Decimal("50.5")}),
    (("", "", "", "", "", "", "{}@new.example"), {"email": "{}@new.example"}),
    (("", "", "", "", "", "", ""), {}),
)
DIFFERENT = [
    *("id", "number", "email", "search_text", "created_at", "updated_at", "rate_group_id"),
    "period_started_at",
]
_ROW = """
SELECT to_jsonb(a) - $2::text[]
           AS account,
       ARRAY(SELECT l.email_folded FROM logins l WHERE l.account_id = a.id) AS logins,
       ARRAY(SELECT (d.generation, d.drop_generation, d.provisioning)::text
               FROM sip_devices d WHERE d.account_id = a.id) AS devices,
       ARRAY(SELECT e.changes::text FROM audit_events e WHERE e.account_id = a.id
              AND e.action IN ('customerUpdate', 'customerImport') ORDER BY e.at) AS trail
  FROM accounts a WHERE a.id = $1
"""


async def _twins(admin: people.Person, mark: str) -> list[people.Person]:
    known: dict[str, Any] = {
        "type": AccountType.POSTPAID,
        "create_sip_device": True,
        "billing_day": 1,
    }
    names = [f"{mark}{n}" for n in range(len(SAID))]
    return [
        await people.customer(admin, number=name, email=f"{name}@old.example", **known)
        for name in names
    ]


async def _rows(dsn: str, ids: list[UUID], mark: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = [await connection.fetchrow(_ROW, account_id, DIFFERENT) for account_id in ids]
    finally:
        await connection.close()
    return [str(dict(row or {})).replace(mark, "x") for row in rows]


async def _all_followed() -> bool:
    return not await SipDevice.exclude(provisioning="PUBLISHED").exists()


async def test_a_file_changes_accounts_as_a_form_would_each_of_them(working: House) -> None:
    admin = await people.administrator()
    formed, filed = await _twins(admin, "form"), await _twins(admin, "file")
    for person, (_, changes) in zip(formed, SAID, strict=True):
        spoken = {name: _named(value, person.login) for name, value in changes.items()}
        await Account.change(Asked(admin.viewer, person.id), spoken)
    lines = [
        csv_line([person.login, *(_named(cell, person.login) for cell in cells)])
        for person, (cells, _) in zip(filed, SAID, strict=True)
    ]
    content = (csv_line(HEADER) + "".join(lines)).encode()
    told = plan(await upload(working.store, admin.viewer, content), await people.rate_group(admin))
    told = replace(told, match=ImportMatch.NUMBER)
    job = await ended(await start_import(told, admin.viewer))
    assert job.status is JobStatus.COMPLETED
    verdicts = await JobRow.filter(job_id=job.id).order_by("row_no")
    updated, unchanged = RowOutcome.UPDATED, RowOutcome.UNCHANGED
    assert [row.outcome for row in verdicts] == [updated] * (len(SAID) - 1) + [unchanged]
    await eventually(_all_followed)
    by_form = await _rows(working.dsn, [person.id for person in formed], "form")
    assert await _rows(working.dsn, [person.id for person in filed], "file") == by_form
    assert len(set(by_form)) == len(SAID)


async def test_one_row_that_can_not_be_written_leaves_the_others_changed(database: str) -> None:
    del database
    admin = await people.administrator()
    customers = await _twins(admin, "many")
    accounts = [await Account.get(id=person.id) for person in customers[:3]]
    wanted: list[dict[str, Any]] = [
        {"company": "Lee"},
        {"company": "Lee", "email": customers[-1].login + "@old.example"},
        {"concurrent_calls": 3},
    ]
    changes = [Change(a, Difference({}, new)) for a, new in zip(accounts, wanted, strict=True)]

    async def writing(tx: Any, some: Any) -> Any:
        await write_patches(tx, some, accounts[0].created_at)
        return some

    async with transaction():
        answers = await halved(changes, writing)
    (refused,) = [answer for answer in answers if isinstance(answer, Refusal)]
    assert answers[1] is refused
    assert [(p.code, p.field) for p in refused.problems] == [(ErrorCode.TAKEN, ("email",))]
    now = [await Account.get(id=account.id) for account in accounts]
    assert [(a.company, a.concurrent_calls, a.version) for a in now] == [
        ("Lee", 0, 2),
        (None, 0, 1),
        (None, 3, 2),
    ]


@pytest.mark.parametrize("name", sorted(CustomerPatch.PATCHABLE - ELSEWHERE))
def test_every_field_that_can_be_patched_has_a_column_that_is_written(name: str) -> None:
    assert name in COLUMNS


def _named(value: Any, login: str) -> Any:
    return value.format(login) if isinstance(value, str) else value
