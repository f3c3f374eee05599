"""How PostgreSQL plans what the ledger asks of it: once a session, not for each posting."""

from __future__ import annotations

import pytest

from models.database import raw, transaction
from models.money.ledger import Ledger
from models.rules.payment_chain import Member
from tests.database.money_world import open_account
from tests.database.test_money_ledger import charge_of

pytestmark = pytest.mark.usefixtures("database")

PLANNED_ANEW = 5  # PostgreSQL tries so many plans before it keeps one
POSTINGS = 12
_PLANS = """
SELECT sum(custom_plans)::int AS anew, sum(generic_plans)::int AS kept
  FROM pg_prepared_statements WHERE statement LIKE '%WITH asked AS%'
"""


async def test_a_session_plans_single_postings_once() -> None:
    payer = Member(await open_account(), True, "USD")
    async with transaction() as tx:
        # What grows makes plans dearer, and the choice between them another one.
        await Ledger.post_many(tx, [charge_of(payer, prices=(1,)) for _ in range(500)])
    async with transaction() as tx:
        before = await raw(tx).fetchrow(_PLANS)
        for _ in range(POSTINGS):
            await Ledger.post(tx, charge_of(payer, prices=(1,)))
        after = await raw(tx).fetchrow(_PLANS)
    assert before is not None
    assert after is not None
    assert after["anew"] - (before["anew"] or 0) <= PLANNED_ANEW
    assert after["kept"] - (before["kept"] or 0) >= POSTINGS - PLANNED_ANEW
