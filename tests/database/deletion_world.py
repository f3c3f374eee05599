"""An account with something in every panel, and deletions carried out without a worker."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from models.access.api_key import ApiKey
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.issuing import reset_pin
from models.accounts.leftovers import leftovers
from models.accounts.tax import Tax
from models.database import read_pool
from models.jobs import deletion
from models.jobs.chunk import Piece
from models.jobs.deletion_plan import stage_deletion
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.mail.password_link import issue_link
from models.panel.alert_threshold import AlertThreshold
from models.panel.blocked_code import BlockedCode
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.did import Did
from models.panel.ip_setting import IpSetting
from models.panel.product import Product, ProductOrder
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.rules.access_draft import ApiKeyDraft
from models.rules.enums import ActiveStatus, ProductBilling, ProductCategory
from models.rules.inventory import DidDraft, ProductDraft
from models.rules.panel import (
    AlertThresholdDraft,
    BlockedCodeDraft,
    IpSettingDraft,
    LineDraft,
    SpeedDialDraft,
)
from models.rules.pick_lists import TaxDraft
from models.rules.sip_device import SipDeviceDraft
from tests.people import Person

_numbers = itertools.count(1)


async def furnish(admin: Person, holder: Person) -> None:
    """Something in every panel; the account needs 20 in its wallet, or credit."""
    viewer, mark = admin.viewer, next(_numbers)
    await SipDevice.issue(viewer, SipDeviceDraft(account_id=holder.id))
    network = IpSettingDraft(name="Office", network=f"9.{mark}.8.0/24")
    await IpSetting.list_network(viewer, holder.id, network, ActiveStatus.ACTIVE)
    line = LineDraft(number=f"+4930{mark:06}")
    await CallerId.enlist(viewer, holder.id, line, ActiveStatus.ACTIVE)
    await ForceCallerId.impose(viewer, holder.id, line, ActiveStatus.ACTIVE)
    await SpeedDial.assign(viewer, holder.id, SpeedDialDraft(1, "4930123456"))
    await BlockedCode.block(viewer, holder.id, BlockedCodeDraft(prefix="900"))
    await AlertThreshold.assign(viewer, holder.id, AlertThresholdDraft(True, Decimal(1)))
    did = DidDraft(number=f"+4940{mark:06}", currency_code="USD", monthly_fee=Decimal(2))
    did_id = await Did.stock(viewer, did)
    await Did.assign(viewer, did_id, holder.id)
    product = ProductDraft(
        name=f"Plan {mark}",
        category=ProductCategory.PACKAGE,
        currency_code="USD",
        price=Decimal(3),
        billing=ProductBilling.RECURRING,
        billing_days=30,
    )
    await ProductOrder.place(viewer, holder.id, await Product.offer(viewer, product), 1)
    await reset_pin(Asked(viewer, holder.id), None)
    await issue_link(timedelta(minutes=30), account_id=holder.id)
    key = ApiKeyDraft(name="Program", permissions=("customers:read",))
    await ApiKey.grant(key, holder.viewer)


async def default_tax(admin: Person) -> None:
    """A tax that every new account of the administration is linked to."""
    tax = TaxDraft(name="VAT", rate_percent=Decimal(10), is_default=True)
    await Tax.levy(tax, admin.viewer)


async def piece_of(job: Job) -> Piece:
    """All rows of a job, staged."""
    span = await stage_deletion(job.id)
    return Piece(job.id, 0, span.first, span.last)


async def carried(job: Job) -> list[JobRow]:
    """The rows of a deletion that was carried out in one piece."""
    piece = await piece_of(job)
    assert await deletion.begin(piece) is not None
    assert await deletion.finish(piece) is not None
    return await JobRow.filter(job_id=job.id).order_by("row_no")


async def left_behind() -> dict[str, int]:
    """Belongings of deleted accounts, by table; those that are none are left out."""
    async with read_pool().acquire() as connection:
        return {tally.kind: tally.count for tally in await leftovers(connection) if tally.count}


async def belongings(account_id: UUID) -> dict[str, int]:
    """How much an account has, by table."""
    counts = {}
    for table, column in Account.BELONGINGS.items():
        query = f"SELECT count(*) FROM {table} WHERE {column} = $1"
        counts[table] = int(await read_pool().fetchval(query, account_id))
    return counts
