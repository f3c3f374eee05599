"""SIP devices as the API shows them, with what the switches say of each.

Secrets are never here: each is in the one answer of the mutation that made it.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.rules.enums import ActiveStatus, ProvisioningState
from models.rules.filters import Criterion, Kind
from schema.accounts.sources import CUSTOMERS
from schema.filters import Filter, IdFilter, StringFilter, filter_on
from schema.paging import Connection
from schema.reads import (
    Join,
    Node,
    Order,
    Source,
    column,
    embedded,
    node,
    part,
    root_list,
    row,
    through,
    to_list,
    to_one,
)
from schema.scalars import EmailAddress, IpNetwork
from schema.switch.sign_in_alert import RefusedSignIn

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

SIP_DEVICES = Source(
    table="sip_devices",
    listed="{t}.removed_at IS NULL",
    visible=through("account_id", CUSTOMERS),
    permission="customers:read",
    joins={"refused": Join("device_refusals", "{refused}.device_id = {t}.id")},
)
_NODES = Source(table="device_provisioning", visible=through("device_id", SIP_DEVICES))
_REGISTRATIONS = Source(table="sip_registrations", visible=through("device_id", SIP_DEVICES))

NEWEST_FIRST = Order("created_at", "timestamptz", descending=True)

_STUCK = Criterion(
    "({t}.provisioning NOT IN ('PUBLISHED', 'READY', 'REVOKED')"
    " AND {t}.provisioned_at < now() - make_interval(secs => {value}))",
    Kind.CONDITION,
    value_type="float8",
    lifts_listed=True,
)


@part(description="The voice mailbox of a device.")
class Voicemail:
    """Its PIN is for the switches alone."""

    enabled: bool = column("voicemail_enabled", description="Whether callers can leave a message.")
    mail_to: EmailAddress | None = column(
        "voicemail_mail_to", description="Where new messages are mailed; null: nowhere."
    )
    attach_file: bool = column(
        "voicemail_attach_file", description="Whether the mail carries the message."
    )
    keep_local: bool = column(
        "voicemail_keep_local", description="Whether a mailed message stays in the mailbox."
    )
    mail_all: bool = column(
        "voicemail_mail_all", description="Whether every message is mailed, not only the first."
    )


@row(_NODES, description="How far one switch has followed a device.")
class ProvisioningNode:
    """One switch that is told of changes."""

    name: str = column(description="The switch.")
    wanted_generation: int = column(description="The generation it has to reach.")
    applied_generation: int = column(description="The generation it has reached.")
    step: str | None = column(description="What is being done there; null: nothing.")
    attempts: int = column(description="How often it was tried; 0: it has followed, or waits.")
    last_error: str | None = column(description="Why the last try failed; null: it did not.")
    since: datetime | None = column(description="When it was last told, or had to be told.")


@row(_REGISTRATIONS, description="Where a phone can be reached under a device's login.")
class Registration:
    """One contact at one switch."""

    node: str = column(description="The switch that holds it.")
    contact: str = column(description="The SIP address of the phone.")
    user_agent: str | None = column(description="What the phone calls itself.")
    expires_at: datetime | None = column(description="When it ends unless it is renewed.")


@node(SIP_DEVICES, description="A login with which a customer's phone signs in at the switches.")
class SipDevice(Node):
    """Requirement heading: SIP Devices."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    username: str = column(description="The user name, unique in its realm; never changes.")
    realm: str = column(description="The domain it signs in at: its tenant's.")
    status: ActiveStatus = column(description="Whether it may be used.")
    provisioning: ProvisioningState = column(description="How far the switches have followed it.")
    caller_id_name: str | None = column(description="The name its calls present.")
    caller_id_number: str | None = column(description="The number its calls present.")
    codecs: list[str] = column(
        description="Codecs in order of preference; none: as the switch prefers."
    )
    call_waiting: bool = column(description="Whether a second call rings during a first.")
    max_calls: int | None = column(
        description="Calls at a time of this device; 0: unlimited, null: as the customer."
    )
    allowed_networks: list[IpNetwork] = column(
        description="Networks it may sign in from; none: from anywhere."
    )
    voicemail: Voicemail = embedded(description="Its voice mailbox.")
    created_at: datetime = column(description="When it was made.")
    updated_at: datetime = column(description="When it was last changed.")
    customer: LazyCustomer = to_one("account_id", description="Whose device it is.")
    registrations: list[Registration] = to_list(
        "device_id",
        order=Order("contact", "text"),
        description="As the switches tell now; empty when none is attached.",
    )
    last_refused: RefusedSignIn | None = embedded(
        absent="{refused}.at IS NULL",
        description="The last sign-in that a switch refused under this login; null: none.",
    )
    nodes: list[ProvisioningNode] = to_list(
        "device_id",
        order=Order("name", "text"),
        description="Each switch that is told of changes; empty when none is attached.",
    )


@strawberry.input(description="Which devices.")
class SipDeviceWhere:
    """Devices that are being removed show only where their provisioning is asked for."""

    customer_id: IdFilter | None = filter_on("account_id", description="Whose devices.")
    username: StringFilter | None = filter_on("username", description="The user name.")
    status: Filter[ActiveStatus] | None = filter_on("status", description="The status.")
    provisioning: Filter[ProvisioningState] | None = filter_on(
        "provisioning", lifts_listed=True, description="How far the switches have followed."
    )
    stuck_longer_than_seconds: int | None = filter_on(
        _STUCK, description="Not settled at the switches for longer than this."
    )


@strawberry.type
class SipDeviceQueries:
    """Devices of every customer that the viewer sees."""

    sip_devices: Connection[SipDevice] = root_list(
        order=NEWEST_FIRST,
        where=SipDeviceWhere,
        permission="customers:read",
        description="SIP devices within the viewer's tenant, newest first.",
    )
