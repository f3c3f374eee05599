"""Two months of calls as a switch would have reported them, priced on every level."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from gateway.demo.cast import CARRIER, RESELLERS, DemoCustomer, customers
from gateway.demo.stage import Stage, account_ids
from models.database import transaction
from models.money.cdr import Cdr
from models.rules.cdr_report import read_report
from models.rules.enums import AccountType

DAYS = 62
# How many calls, and how many seconds the usual one has: who pays by invoice calls more.
HABITS = {AccountType.PREPAID: (30, 150), AccountType.POSTPAID: (120, 300)}
REPORTS_AT_ONCE = 250
SECOND = Decimal(1) / 60
# Prefix, name, price a minute in the account's own currency.
DESTINATIONS = (
    ("+1212555", "United States, New York", Decimal("0.012")),
    ("+4420794", "United Kingdom, London", Decimal("0.019")),
    ("+4930231", "Germany, Berlin", Decimal("0.021")),
    ("+3315550", "France, Paris", Decimal("0.024")),
    ("+5511555", "Brazil, Sao Paulo", Decimal("0.055")),
)
CAUSES = ("NORMAL_CLEARING", "NORMAL_CLEARING", "NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER")


async def call(stage: Stage) -> None:
    """Report every call once; a repeat changes nothing."""
    now = datetime.now(UTC)
    ids = await account_ids()
    reports = [read_report(body) for body in _bodies(ids, now)]
    for first in range(0, len(reports), REPORTS_AT_ONCE):
        batch = reports[first : first + REPORTS_AT_ONCE]
        async with transaction() as tx:
            await Cdr.take_in(tx, stage.node_id, batch, now)
    stage.say(f"{len(reports)} calls")


def _bodies(ids: Mapping[str, UUID], now: datetime) -> Iterator[Mapping[str, Any]]:
    luck = random.Random(1876)  # noqa: S311 - a story, not a secret
    for customer in customers():
        for position in range(HABITS[customer.type][0]):
            body = _body(customer, f"demo-{customer.number}-{position}", luck, now)
            yield {**body, "accountId": str(ids[customer.number])}


def _body(
    customer: DemoCustomer, name: str, luck: random.Random, now: datetime
) -> Mapping[str, Any]:
    prefix, destination, per_minute = luck.choice(DESTINATIONS)
    cause = luck.choice(CAUSES)
    usual = HABITS[customer.type][1]
    seconds = int(luck.expovariate(1 / usual)) + 1 if cause == CAUSES[0] else 0
    rings = timedelta(seconds=luck.randint(2, 20))
    started_at = now - timedelta(minutes=luck.randint(30, DAYS * 24 * 60))
    answered_at = started_at + rings if seconds else None
    debit = (per_minute * seconds * SECOND).quantize(Decimal("0.0001"))
    return {
        "uniqueId": name,
        "callerId": customer.line,
        "calledNumber": f"{prefix}{luck.randint(1000, 9999)}",
        "destination": destination,
        "startedAt": started_at.isoformat(),
        "answeredAt": answered_at and answered_at.isoformat(),
        "billableSeconds": seconds,
        "disposition": cause,
        "debit": str(debit),
        "cost": str((debit / 2).quantize(Decimal("0.0001"))),
        "providerNumber": CARRIER,
        "providerCost": str((debit / 3).quantize(Decimal("0.0001"))),
        "levels": _levels(customer, debit),
    }


def _levels(customer: DemoCustomer, debit: Decimal) -> list[dict[str, str]]:
    """Each owner pays four fifths of what the one below it pays, to its own owner."""
    levels = []
    number, share = customer.owner.number, debit
    while number is not None:
        share = (share * 4 / 5).quantize(Decimal("0.0001"))
        levels.append({"reseller": number, "debit": str(share)})
        number = next(r.under for r in RESELLERS if r.number == number)
    return levels
