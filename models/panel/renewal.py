"""Renewing what accounts hold: each period is paid once, or what follows when it can not be.

What is due stands in `did_renewal` and `order_renewal`; how money moves, in `models.money`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.jobs.halving import Refusal, halved
from models.money.charge import Charge, Charged, ChargeOrder
from models.money.invoicing import BILLING
from models.money.ledger import OWNER_LACKS
from models.money.party import Party
from models.money.settlement import Settlement
from models.rules.enums import PostingKind
from models.rules.errors import ErrorCode
from models.rules.printed import shown_period
from models.rules.renewal_cycle import RenewalCycle

_log = logging.getLogger(__name__)

UNFUNDED = "The balance did not cover the renewal."


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A period that begins: whose, what for, and what each level of the chain pays for it."""

    id: UUID  # of the number or the order
    account_id: UUID
    kind: PostingKind
    name: str
    prices: tuple[Decimal, ...]
    cycle: RenewalCycle
    begins_at: datetime
    quantity: Decimal = Decimal(1)
    releases_when_unfunded: bool = True
    overdue_since: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """Where the next period begins."""
        return self.cycle.after(self.begins_at)

    def charge(self, as_of: datetime) -> ChargeOrder:
        """What is to be paid; the same period again is the same charge, however late it is."""
        period = shown_period(self.cycle.zone, self.begins_at, self.ends_at)
        return ChargeOrder(
            key=f"renewal/{self.id}/{self.begins_at.astimezone(UTC).isoformat()}",
            account_id=self.account_id,
            kind=self.kind,
            prices=self.prices,
            description=f"{self.name}, {period}",
            actor=BILLING,
            at=self.begins_at,
            quantity=self.quantity,
            issued_at=as_of,
        )


@dataclass(slots=True)
class Renewed:
    """What became of a page: periods paid with their charges, and things not paid for."""

    paid: list[tuple[Renewal, Charged]] = field(default_factory=list)
    unfunded: list[Renewal] = field(default_factory=list)

    @property
    def last_paid(self) -> list[Renewal]:
        """The last period that was paid of each thing."""
        return list({renewal.id: renewal for renewal, _ in self.paid}.values())

    @property
    def released(self) -> list[Renewal]:
        """What is let go because it was not paid for."""
        return [renewal for renewal in self.unfunded if renewal.releases_when_unfunded]

    @property
    def kept(self) -> list[Renewal]:
        """What is kept unpaid, and tried again tomorrow."""
        return [renewal for renewal in self.unfunded if not renewal.releases_when_unfunded]


async def hold_accounts(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> list[UUID]:
    """Hold the living accounts among these; those that somebody else holds wait for next time."""
    rows = await raw(tx).fetch(_HOLD, sorted(set(account_ids)))
    return [row["id"] for row in rows]


async def hold_wallets(tx: BaseDBAsyncClient, parties: Mapping[UUID, Party]) -> None:
    """Hold the wallets of whole chains, so that nobody waits for us in a circle."""
    members = {member.id for party in parties.values() for member in party.chain}
    await Settlement.lock(tx, sorted(members))


async def pay_periods(
    renewals: Sequence[Renewal], parties: Mapping[UUID, Party], as_of: datetime
) -> Renewed:
    """Pay every period that has begun by `as_of`, in the open transaction, each thing's in order.

    A prepaid account pays while its funds last; a postpaid one always, by invoice. What fails for
    another reason is logged and stays due.
    """
    outcome = Renewed()
    beginning = list(renewals)
    while beginning:
        answers = await _paid(beginning, parties, as_of)
        following: list[Renewal] = []
        for renewal, answer in zip(beginning, answers, strict=True):
            if isinstance(answer, Charged):
                outcome.paid.append((renewal, answer))
                if renewal.ends_at <= as_of:
                    following.append(replace(renewal, begins_at=renewal.ends_at))
            elif answer.problems[0].code is ErrorCode.INSUFFICIENT_BALANCE:
                # Nobody loses a thing because those above it have not paid for theirs.
                is_owners = answer.problems[0].message == OWNER_LACKS
                releases = renewal.releases_when_unfunded and not is_owners
                outcome.unfunded.append(replace(renewal, releases_when_unfunded=releases))
            else:
                _log.error("Renewal of %s failed: %s", renewal.id, answer.problems[0].message)
        beginning = following
    return outcome


async def _paid(
    renewals: Sequence[Renewal], parties: Mapping[UUID, Party], as_of: datetime
) -> list[Charged | Refusal]:
    async def asking(savepoint: BaseDBAsyncClient, some: Sequence[Renewal]) -> Sequence[Charged]:
        return await Charge.levy(savepoint, [renewal.charge(as_of) for renewal in some])

    async def anyway(savepoint: BaseDBAsyncClient, some: Sequence[Renewal]) -> Sequence[Charged]:
        orders = [renewal.charge(as_of) for renewal in some]
        return await Charge.levy(savepoint, orders, asks_first=False)

    prepaid = [each for each in renewals if parties[each.account_id].is_prepaid]
    postpaid = [each for each in renewals if not parties[each.account_id].is_prepaid]
    answers = [*await halved(prepaid, asking), *await halved(postpaid, anyway)]
    found = dict(zip([each.id for each in (*prepaid, *postpaid)], answers, strict=True))
    return [found[each.id] for each in renewals]


_HOLD = """
    SELECT id FROM accounts WHERE id = ANY ($1::uuid[]) AND status IN ('ACTIVE', 'INACTIVE')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
