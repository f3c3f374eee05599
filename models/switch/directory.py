"""What a switch may know of a login: one indexed row of the effective devices, or nothing.

Nothing is remembered here; how long an answer is good is the listener's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import asyncpg

from models import seal
from models.panel.sip_issue import VOICEMAIL_PIN

if TYPE_CHECKING:
    from collections.abc import Awaitable

CHANNEL_DEVICES = "sip_devices"  # payload "realm username"; empty: everything
CHANNEL_NODES = "switch_nodes"
NEVER_WORN_OUT = 2**31  # a connection replaced after so many queries would delay one look-up
IP_LOGIN = "ip-"  # user name of an account whose calls come from a listed network: "ip-<id>"

_DEVICE = """
SELECT e.*, c.ha1
  FROM effective_devices e
  JOIN kamailio.credentials c ON c.device_id = e.id
 WHERE e.realm = $1 AND e.username = $2
"""
_IP_ACCOUNT = """
SELECT a.id, a.number, a.concurrent_calls, a.calls_per_second, a.expires_at
  FROM effective_accounts a
 WHERE a.id = $2 AND a.realm = $1
   AND EXISTS (SELECT FROM effective_networks n WHERE n.account_id = a.id)
"""
_NETWORKS = """
SELECT n.account_id, array_agg(DISTINCT n.network ORDER BY n.network) AS networks
  FROM effective_networks n WHERE n.realm = $1 GROUP BY n.account_id ORDER BY n.account_id
"""

_RATE_GROUP = "SELECT name FROM rate_groups WHERE id = $1"


Listed: TypeAlias = list[tuple[UUID, list[str]]]  # networks by account


@dataclass(frozen=True, slots=True)
class CallingAccount:
    """The account behind a login, with its limits (0: none) and the instant it ends."""

    id: UUID
    number: str
    concurrent_calls: int
    calls_per_second: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The voice mailbox of a device; its PIN stays sealed until a look-up needs it."""

    enabled: bool
    mail_to: str | None
    attach_file: bool
    keep_local: bool
    mail_all: bool
    pin_sealed: bytes | None

    def pin(self) -> str | None:
        """The six digits; None where none was ever set. Raises seal.Unsealable."""
        if self.pin_sealed is None:
            return None
        return seal.unseal(VOICEMAIL_PIN, self.pin_sealed).decode()


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One effective device as its switch needs it."""

    id: UUID
    username: str
    realm: str
    account: CallingAccount
    ha1: str
    caller_id_name: str | None
    caller_id_number: str | None
    codecs: tuple[str, ...]
    call_waiting: bool
    max_calls: int | None
    allowed_networks: tuple[str, ...]
    mailbox: Mailbox


def open_pool(dsn: str, *, size: int) -> Awaitable[asyncpg.Pool[asyncpg.Record]]:
    """Connections for look-ups alone: prepared once, planned once, given back without a reset."""
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        max_queries=NEVER_WORN_OUT,
        reset=_as_it_is,
        server_settings={"plan_cache_mode": "force_generic_plan", "timezone": "UTC", "jit": "off"},
    )


async def device_entry(
    connection: asyncpg.Connection[asyncpg.Record], realm: str, username: str
) -> DeviceEntry | None:
    """The device that may act under this login now, spelled exactly so."""
    row = await connection.fetchrow(_DEVICE, realm, username)
    return None if row is None else _entry(row)


async def ip_account(
    connection: asyncpg.Connection[asyncpg.Record], realm: str, account_id: UUID
) -> CallingAccount | None:
    """The account of this realm whose calls may come from a listed network now."""
    row = await connection.fetchrow(_IP_ACCOUNT, realm, account_id)
    return None if row is None else CallingAccount(*row)


async def networks_of(connection: asyncpg.Connection[asyncpg.Record], realm: str) -> Listed:
    """Each account of the realm that has networks, with their CIDR forms."""
    rows = await connection.fetch(_NETWORKS, realm)
    return [(row["account_id"], row["networks"]) for row in rows]


async def rate_group_name(
    connection: asyncpg.Connection[asyncpg.Record], rate_group_id: UUID
) -> str | None:
    """What people call the rate group that a call is paid by."""
    name: str | None = await connection.fetchval(_RATE_GROUP, rate_group_id)
    return name


async def _as_it_is(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Look-ups set nothing, so a reset (a round trip for each) would find nothing to do."""


def _entry(row: asyncpg.Record) -> DeviceEntry:
    return DeviceEntry(
        id=row["id"],
        username=row["username"],
        realm=row["realm"],
        account=CallingAccount(
            row["account_id"],
            row["account_number"],
            row["concurrent_calls"],
            row["calls_per_second"],
            row["expires_at"],
        ),
        ha1=row["ha1"],
        caller_id_name=row["caller_id_name"],
        caller_id_number=row["caller_id_number"],
        codecs=tuple(row["codecs"]),
        call_waiting=row["call_waiting"],
        max_calls=row["max_calls"],
        allowed_networks=tuple(row["allowed_networks"]),
        mailbox=Mailbox(
            row["voicemail_enabled"],
            row["voicemail_mail_to"],
            row["voicemail_attach_file"],
            row["voicemail_keep_local"],
            row["voicemail_mail_all"],
            row["voicemail_pin_sealed"],
        ),
    )
