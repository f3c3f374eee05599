"""How PostgreSQL plans what the ledger asks of it: once a session, not for each posting."""

from __future__ import annotations

from models.database import raw, transaction
from models.money.ledger import Ledger
from models.rules.payment_chain import Member
from tests.bench.ledger_world import open_wallets
from tests.database.money_world import crowd
from tests.database.test_money_ledger import charge_of

PLANNED_ANEW = 5  # PostgreSQL tries so many plans before it keeps one
POSTINGS = 12
WALLETS = 1_000  # that nobody has analysed yet, as in the first minutes of a house
_PLANS = """
SELECT sum(custom_plans)::int AS anew, sum(generic_plans)::int AS kept
  FROM pg_prepared_statements WHERE statement LIKE '%WITH asked AS' || ' MATERIALIZED%'
"""


async def test_a_session_plans_single_postings_once(database_url: str) -> None:
    async with crowd(database_url, 1):
        payer = Member((await open_wallets(WALLETS))[0], True, "USD")
        for _ in range(POSTINGS):
            async with transaction() as tx:
                await Ledger.post(tx, charge_of(payer, prices=(1,)))
        async with transaction() as tx:
            plans = await raw(tx).fetchrow(_PLANS)
    assert plans is not None
    assert (plans["anew"], plans["kept"]) == (PLANNED_ANEW, POSTINGS - PLANNED_ANEW)
