"""Everything that one customer, and one owner of customers, can have, made through the API.

Whose a thing is can be read off it: texts carry the owner's mark, numbers its digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.database import transaction
from models.ids import new_id
from models.jobs.chunk import Piece, treat_once
from models.jobs.download import publish
from models.jobs.import_plan import ImportPlan, start_import
from models.jobs.import_rows import import_rows
from models.jobs.job import Job, JobOrder
from models.jobs.job_row import StagedRow, close_staging, stage
from models.jobs.plans import as_json
from models.jobs.upload import Received, Upload
from models.money.cdr import Cdr
from models.panel.sip_device import SipDevice
from models.rules.cdr_report import read_report
from models.rules.customer_csv import ImportDefaults
from models.rules.enums import AccountType, DownloadKind, JobKind
from models.rules.refusal import ALARMING, Refusal, RefusalReason, RefusedKind
from models.switch.node import DeviceNode
from models.switch.refusal import Counted, SignInRefusals
from models.switch.registration import DeviceRegistration
from schema.scalars import global_id, type_and_id
from tests.api.product import Product, refusals
from tests.people import Person

HEADER = ("Account", "First Name", "Email")


@dataclass(frozen=True, slots=True)
class House:
    """What the administration offers to everybody, and who acts for it."""

    admin: Person
    product: Product
    switch_id: UUID
    offer: str
    carrier: Person

    async def make(self, call: str, **told: Any) -> Any:
        """The payload of a mutation by the administrator, which must go well."""
        payload = await self.product.mutate(self.admin, call, **told)
        assert refusals(payload) == [], (call, payload)
        return payload


@dataclass(frozen=True, slots=True)
class Label:
    """How the things of one owner are recognised; reseller: None for the administration."""

    mark: str
    digits: str
    reseller: Person | None

    @property
    def signs(self) -> tuple[str, ...]:
        """What only this owner's things have in them, in small letters."""
        return (
            self.mark.casefold(),
            f"495577{self.digits}0",
            f"9.8.{self.digits}.0",
            f"9.9.{self.digits}.0",
        )

    @property
    def called(self) -> str:
        """The number that this owner's customer has called."""
        return f"495577{self.digits}009"

    @property
    def owned(self) -> dict[str, str]:
        """The input field that makes a thing this owner's."""
        if self.reseller is None:
            return {}
        return {"resellerId": global_id("Reseller", self.reseller.id)}


async def furnish_owner(house: House, label: Label) -> dict[str, Any]:
    """Pick lists and a price of an owner; gives the ids of the pick lists by input field."""
    mark, owned = label.mark, label.owned
    rates = await house.make("rateGroupCreate { rateGroup { id } }", name=f"{mark} rates", **owned)
    rule = {"direction": "OUTBOUND", "target": "NUMBER", "cut": "0", "add": f"49{label.digits}"}
    translation = await house.make(
        "localizationCreate { localization { id } }", name=f"{mark} plan", rules=[rule], **owned
    )
    rate = {"name": f"{mark} VAT", "ratePercent": "7", "isDefault": not owned}
    tax = await house.make("taxCreate { tax { id } }", **rate, **owned)
    if owned:
        price = {"productId": house.offer, "price": "2"}
        await house.make("resellerPriceSet { reseller { id } }", **price, **owned)
    return {
        "rateGroupId": rates["rateGroup"]["id"],
        "localizationId": translation["localization"]["id"],
        "taxIds": [tax["tax"]["id"]],
    }


async def furnish_customer(house: House, label: Label, customer: Person) -> None:
    """Something on every panel of a customer."""
    mine = {"customerId": global_id("Customer", customer.id)}
    mark, digits = label.mark, label.digits
    device = await house.make(
        "sipDeviceCreate { sipDevice { id } }",
        username=f"{mark}-phone",
        callerIdName=mark,
        allowedNetworks=[f"9.9.{digits}.0/24"],
        **mine,
    )
    await _at_the_switch(house, label, device["sipDevice"]["id"])
    network = {"name": f"{mark} office", "network": f"9.8.{digits}.0/24"}
    await house.make("ipSettingCreate { ipSetting { id } }", **network, **mine)
    await house.make("callerIdCreate { callerId { id } }", number=f"+495577{digits}001", **mine)
    await house.make("forceCallerIdSet { customer { id } }", number=f"495577{digits}002", **mine)
    await house.make("speedDialSet { customer { id } }", key=1, number=f"495577{digits}003", **mine)
    await house.make("blockedCodeCreate { blockedCode { id } }", prefix=f"9{digits}", **mine)
    limit = {"enabled": True, "balanceBelow": f"1.{digits}"}
    await house.make("alertThresholdSet { customer { id } }", **limit, **mine)
    await _bought(house, label, mine)
    await _moved(house, label, global_id("Customer", customer.id))
    await _called(house, label, customer)
    link = {"id": global_id("Customer", customer.id), "sendLink": True}
    await house.make("customerPasswordIssue { customer { id } }", **link)
    await house.make("customerPinReset { customer { id } }", id=link["id"])


async def furnish_person(house: House, label: Label, person: Person) -> UUID:
    """An API key and an uploaded file of somebody; gives the upload."""
    key = {"name": f"{label.mark} key", "permissions": ["customers:read"]}
    made = await house.product.mutate(person, "apiKeyCreate { apiKey { id } }", **key)
    assert refusals(made) == []
    file = await Upload.begin(person.viewer, f"{label.mark}.csv")
    await file.complete(Received(60, "0" * 64, "utf-8", ",", HEADER))
    return file.id


async def import_file(label: Label, person: Person, upload_id: UUID, rate_group: str) -> None:
    """A job of somebody that opened one account and rejected another, and one that tries again."""
    found = type_and_id(rate_group)
    assert found is not None
    defaults = ImportDefaults(type=AccountType.PREPAID, rate_group_id=found[1])
    plan = ImportPlan(upload_id=upload_id, defaults=defaults)
    job = await start_import(plan, person.viewer)
    mark = label.mark.lower()
    good = [f"{mark}-imported", label.mark, f"imported@{mark}.example"]
    await stage(job.id, [StagedRow(2, good), StagedRow(3, ["", label.mark, "no address"])])
    span = await close_staging(job.id, ())
    await treat_once(Piece(job.id, 0, span.first, span.last), import_rows)
    await publish(job.id, DownloadKind.REPORT, f"{label.mark}.csv", (f"{job.id}/report", 1))
    await Job.queue(JobOrder(JobKind.IMPORT, as_json(plan), retry_of_id=job.id), person.viewer)


async def _at_the_switch(house: House, label: Label, device: str) -> None:
    found = type_and_id(device)
    assert found is not None
    place: dict[str, Any] = {"device_id": found[1], "node_id": house.switch_id}
    await DeviceNode.create(id=new_id(), wanted_generation=1, last_error=label.mark, **place)
    place |= {"contact": f"sip:{label.mark}@192.0.2.9", "seen_at": datetime.now(UTC)}
    await DeviceRegistration.create(id=new_id(), **place)
    row = await SipDevice.get(id=found[1])
    refused = Refusal(
        RefusalReason.WRONG_SECRET, row.username, row.realm, f"9.9.{label.digits}.0", label.mark
    )
    often = ALARMING[RefusedKind.USER]
    await SignInRefusals.count([Counted(RefusedKind.USER, refused.address, often, refused)])


async def _bought(house: House, label: Label, mine: dict[str, Any]) -> None:
    did = {"number": f"+495577{label.digits}000", "city": label.mark, "currencyCode": "USD"}
    made = await house.make("didCreate { did { id } }", monthlyFee="1", **did)
    await house.make("didAssign { did { id } }", didId=made["did"]["id"], **mine)
    await house.make("productOrder { productOrder { id } }", productId=house.offer, **mine)


async def _moved(house: House, label: Label, account: str) -> None:
    amount = {"accountId": account, "amount": "3", "currencyCode": "USD"}
    note = {"note": label.mark, "idempotencyKey": f"refill {label.mark}"}
    await house.make("accountRefill { refill { id } }", **amount, **note)
    words = {"description": label.mark, "idempotencyKey": f"charge {label.mark}"}
    await house.make("accountCharge { charge { id } }", **amount, **words)


async def _called(house: House, label: Label, customer: Person) -> None:
    now = datetime.now(UTC)
    report = read_report(
        {
            "uniqueId": f"call of {label.mark}",
            "accountId": str(customer.id),
            "callerId": f"495577{label.digits}001",
            "calledNumber": label.called,
            "destination": label.mark,
            "startedAt": (now - timedelta(minutes=1)).isoformat(),
            "billableSeconds": 60,
            "debit": "0.10",
            "providerNumber": house.carrier.login,
            "providerCost": "0.04",
        }
    )
    async with transaction() as tx:
        [answer] = await Cdr.take_in(tx, house.switch_id, [report], now)
    assert answer.orphan_reason is None
