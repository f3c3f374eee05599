"""Rows of a file against accounts that exist, and a dry run against the run: the same verdicts."""

from __future__ import annotations

import pytest

from models.accounts.account import Account
from models.rules.enums import ImportMatch
from tests import people
from tests.database.import_world import File, imported, told
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin() -> Person:
    return await people.administrator()


async def test_columns_that_an_update_ignores_reject_no_row(admin: Person) -> None:
    rates = await people.rate_group(admin)
    ada, ben = await people.customer(admin), await people.customer(admin)
    ignored = {"Balance": "abc", "Password": "x", "SIP Username": "same", "SIP Password": "y"}
    rows = [
        {"Account": ada.login, "Company": "Lee", **ignored},
        {"Account": ben.login, **ignored},
        {"Account": "fresh", "Email": "fresh@new.example", **ignored},
    ]
    verdicts = told(await imported(admin.viewer, File(rows, rates, ImportMatch.NUMBER)))
    assert verdicts[:2] == ["UPDATED", "UNCHANGED"]
    assert verdicts[2].split() == [
        "REJECTED",
        *("TAKEN:sipUsername", "INVALID:openingBalance"),
        *("PASSWORD_TOO_WEAK:password", "PASSWORD_TOO_WEAK:sipPassword"),
    ]
    assert (await Account.get(id=ada.id)).company == "Lee"
