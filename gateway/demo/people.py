"""Resellers, customers and a carrier open their accounts, each with what its owner offers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from gateway.demo.cast import (
    CARRIER,
    EXPIRED,
    HOUSE,
    INACTIVE,
    RATES,
    RESELLERS,
    DemoCustomer,
    DemoReseller,
    customers,
)
from gateway.demo.stage import Stage, account_id, account_ids
from models.access.staff import Staff
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.localization import Localization
from models.accounts.rate_group import RateGroup
from models.accounts.reseller import Reseller
from models.accounts.tax import Tax
from models.database import transaction
from models.money.by_hand import AskedMovement, Gateway, refill_account
from models.money.currency import CurrencyRate
from models.money.issuer_profile import IssuerProfile
from models.rules.access_draft import StaffDraft
from models.rules.draft import CustomerDraft, ResellerDraft
from models.rules.enums import (
    AccountKind,
    AccountStatus,
    AccountType,
    CallDirection,
    LocalizationTarget,
    Role,
)
from models.rules.issuer_profile import IssuerProfilePatch
from models.rules.localization import Translation
from models.rules.pick_lists import LocalizationDraft, RateGroupDraft, TaxDraft

AT_ONCE = 4  # each hashes a password, which takes a core a tenth of a second
SUPPORT = "support@trunkline.example"
SUPPORT_MAY = ("audit:read", "billing:read", "cdrs:read", "customers:read", "customers:update")
LETTERHEAD = {
    "name": "Trunkline Telecom",
    "address_line1": "1 Exchange Place",
    "city": HOUSE.city,
    "country_code": HOUSE.country_code,
    "note": "Thank you for calling with us.",
}
_DIAL_CODES = {"US": "+1", "DE": "+49", "GB": "+44"}
_QUOTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the customers of one owner choose from."""

    rate_group_id: UUID
    non_cli_rate_group_id: UUID
    localization_id: UUID


async def move_in(stage: Stage) -> None:
    """Open every account of the cast."""
    await _quote_currencies()
    await IssuerProfile.adopt(IssuerProfilePatch(None, LETTERHEAD), stage.viewer)
    await _appoint_support(stage)
    offers: dict[str | None, Offer] = {None: await _offer(stage, HOUSE, None)}
    for reseller in RESELLERS:
        reseller_id = await _open_reseller(stage, reseller)
        offers[reseller.number] = await _offer(stage, reseller, reseller_id)
    await _open_carrier(stage, offers[None])
    await _open_customers(stage, offers)
    await _set_apart(stage)


async def _quote_currencies() -> None:
    async with transaction() as tx:
        for code, rate in RATES.items():
            await CurrencyRate.quote(tx, code, rate, _QUOTED_FROM)


async def _appoint_support(stage: Stage) -> None:
    if not await Staff.filter(email=SUPPORT).exists():
        draft = StaffDraft(
            name="Sam Support",
            email=SUPPORT,
            role=Role.SUB_ADMIN,
            permissions=SUPPORT_MAY,
            password=stage.password,
        )
        await Staff.appoint(draft, stage.viewer)


async def _offer(stage: Stage, owner: DemoReseller, owner_id: UUID | None) -> Offer:
    name, percent = owner.tax
    if not await Tax.filter(name=name, reseller_id=owner_id).exists():
        tax = TaxDraft(name=name, rate_percent=percent, is_default=True, reseller_id=owner_id)
        await Tax.levy(tax, stage.viewer)
    return Offer(
        await _rate_group(stage, "Standard", owner_id),
        await _rate_group(stage, "Unknown callers", owner_id),
        await _localization(stage, owner, owner_id),
    )


async def _rate_group(stage: Stage, name: str, owner_id: UUID | None) -> UUID:
    known = await RateGroup.get_or_none(name=name, reseller_id=owner_id)
    if known is not None:
        return known.id
    return await RateGroup.introduce(RateGroupDraft(name=name, reseller_id=owner_id), stage.viewer)


async def _localization(stage: Stage, owner: DemoReseller, owner_id: UUID | None) -> UUID:
    """National numbers become international ones."""
    name = f"Dialling from {owner.country_code}"
    known = await Localization.get_or_none(name=name, reseller_id=owner_id)
    if known is not None:
        return known.id
    out, code = CallDirection.OUTBOUND, _DIAL_CODES[owner.country_code]
    rules = (
        Translation(out, LocalizationTarget.NUMBER, "00", "+"),
        Translation(out, LocalizationTarget.NUMBER, "0", code),
        Translation(out, LocalizationTarget.CALLER_ID, "00", "+"),
        Translation(out, LocalizationTarget.CALLER_ID, "0", code),
    )
    draft = LocalizationDraft(
        name=name, rules=rules, country_code=owner.country_code, reseller_id=owner_id
    )
    return await Localization.compose(draft, stage.viewer)


async def _open_reseller(stage: Stage, reseller: DemoReseller) -> UUID:
    number = str(reseller.number)
    known = await account_id(number)
    if known is None:
        draft = ResellerDraft(
            number=number,
            password=stage.password,
            email=f"{number}@resellers.example",
            first_name=reseller.name,
            company=reseller.company,
            parent_id=await account_id(reseller.under) if reseller.under else None,
            currency_code=reseller.currency_code,
            time_zone=reseller.time_zone,
            country_code=reseller.country_code,
            city=reseller.city,
            realm=f"{number}.sip.example",
        )
        known = (await Reseller.open(stage.viewer, draft)).account_id
    await refill(stage, known, reseller.funds, reseller.currency_code, "Funds to sell from")
    return known


async def refill(  # noqa: PLR0913 - who, how much of what, and why
    stage: Stage, of: UUID, amount: Decimal, currency_code: str, note: str, *, key: str = "first"
) -> None:
    """Take money in, once for each key."""
    asked = AskedMovement(
        account_id=of, amount=amount, currency_code=currency_code, key=f"demo/{of}/{key}"
    )
    await refill_account(stage.viewer, asked, note, Gateway())


async def _open_carrier(stage: Stage, offer: Offer) -> None:
    if await account_id(CARRIER) is None:
        draft = CustomerDraft(
            kind=AccountKind.PROVIDER,
            number=CARRIER,
            type=AccountType.PREPAID,
            email="noc@globaltel.example",
            first_name="Gina",
            company="GlobalTel Carrier Services",
            rate_group_id=offer.rate_group_id,
            notifications_enabled=False,
        )
        await Account.open(stage.viewer, draft)


async def _open_customers(stage: Stage, offers: Mapping[str | None, Offer]) -> None:
    known = await account_ids()
    cast = [customer for customer in customers() if customer.number not in known]
    for first in range(0, len(cast), AT_ONCE):
        opening = []
        for customer in cast[first : first + AT_ONCE]:
            owner_id = known.get(customer.owner.number or "")
            draft = _draft(stage, customer, owner_id, offers[customer.owner.number])
            opening.append(Account.open(stage.viewer, draft))
        await asyncio.gather(*opening)
        if (first + AT_ONCE) % 20 == 0:
            stage.say(f"{first + AT_ONCE} of {len(cast)} customers")


def _draft(
    stage: Stage, customer: DemoCustomer, owner_id: UUID | None, offer: Offer
) -> CustomerDraft:
    owner = customer.owner
    return CustomerDraft(
        number=customer.number,
        password=stage.password,
        type=customer.type,
        reseller_id=owner_id,
        email=customer.email,
        first_name=customer.first_name,
        last_name=customer.last_name,
        company=customer.company,
        phone=customer.line,
        city=owner.city,
        country_code=owner.country_code,
        time_zone=owner.time_zone,
        currency_code=owner.currency_code,
        rate_group_id=offer.rate_group_id,
        non_cli_rate_group_id=offer.non_cli_rate_group_id,
        localization_id=offer.localization_id,
        opening_balance=customer.opening_balance,
        credit_limit=customer.credit_limit,
        billing_day=1,
        cli_pool=customer.cli_pool,
        create_sip_device=customer.has_device,
        concurrent_calls=customer.position % 4 * 2,
        reference=f"CRM-{7000 + customer.position}",
    )


async def _set_apart(stage: Stage) -> None:
    """One has expired and one is switched off, so that both can be looked at."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = await Account.get(number=EXPIRED, deleted_at=None)
    if expired.expires_at is None:
        await Account.change(Asked(stage.viewer, expired.id), {"expires_at": yesterday})
    inactive = await Account.get(number=INACTIVE, deleted_at=None)
    if inactive.status is not AccountStatus.INACTIVE:
        await Account.deactivate(Asked(stage.viewer, inactive.id))
