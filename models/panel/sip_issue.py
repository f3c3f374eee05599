"""New SIP devices by the batch: names that are free, secrets, hashes, in a few statements.

Who may have one and what a person chooses for it is judged before; nothing here announces.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from models import seal
from models.ids import new_ids
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.sip_device import mailbox_address
from models.rules.sip_secret import (
    random_secrets,
    random_voicemail_pins,
    sip_hashes,
    username_violation,
)

if TYPE_CHECKING:
    import asyncpg

VOICEMAIL_PIN = "voicemail-pin"  # the purpose of the seal
_RANDOM_USERNAME_DIGITS = 10

# Pull switches need nothing: the device works with the commit. READY says so where there is one.
_INSERT = """
INSERT INTO sip_devices (
    id, version, account_id, username, realm, status, generation, drop_generation, off_generation,
    provisioning, provisioned_at, caller_id_name, caller_id_number, codecs, call_waiting,
    allowed_networks, voicemail_enabled, voicemail_mail_to, voicemail_attach_file,
    voicemail_keep_local, voicemail_mail_all, voicemail_pin_sealed, created_at, updated_at)
SELECT n.id, 1, n.account_id, n.username, n.realm, 'ACTIVE', 1, 0, 0, p.state, now(), n.number,
       n.number, '{}', true, '{}', true, n.mail_to, true, true, false, n.pin, now(), now()
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
       AS n(id, account_id, username, realm, number, mail_to, pin)
 CROSS JOIN (SELECT CASE WHEN EXISTS (SELECT FROM switch_nodes WHERE address IS NOT NULL
                                         AND state <> 'RETIRED')
                         THEN 'READY' ELSE 'PUBLISHED' END AS state) AS p
    ON CONFLICT (realm, lower(username)) DO NOTHING
RETURNING id
"""
_WRITE_HASHES = """
INSERT INTO kamailio.credentials (device_id, ha1, ha1b, ha1_sha256)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    ON CONFLICT (device_id) DO UPDATE
   SET ha1 = excluded.ha1, ha1b = excluded.ha1b, ha1_sha256 = excluded.ha1_sha256
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """One device that an account gets along with its opening; `realm` is its owner's.

    username: absent, the account number, or ten random digits where that can not be one.
    cedes_number: the number is not taken as a name, because somebody else asks for it.
    secret: absent, generated. mail_to: where voice messages go, if they can safely be mailed there.
    username_field: the path in the caller's input that a taken name is told at.
    """

    account_id: UUID
    account_number: str
    realm: str
    mail_to: str | None = None
    username: str | None = None
    secret: str | None = None
    username_field: str = "sipUsername"
    cedes_number: bool = False


@dataclass(frozen=True, slots=True)
class IssuedDevice:
    """A device that exists now, with the secret that is known only here and now."""

    device_id: UUID
    account_id: UUID
    username: str
    realm: str
    secret: str


async def issue_many(
    connection: asyncpg.Connection[asyncpg.Record], requests: Sequence[DeviceRequest]
) -> list[IssuedDevice]:
    """Insert one device for each request within the open transaction; answers in their order.

    Raises Refused with TAKEN when a name that somebody chose is in use. Nothing is announced: the
    devices work with the commit.
    """
    drawn = zip(new_ids(len(requests)), random_secrets(len(requests)), strict=True)
    named = [_named(request, *made) for request, made in zip(requests, drawn, strict=True)]
    waiting = list(range(len(requests)))
    while waiting:
        inserted = await _insert(connection, [(named[at], requests[at]) for at in waiting])
        waiting = [at for at in waiting if named[at].device_id not in inserted]
        _refuse_chosen(requests[at] for at in waiting)
        for at in waiting:
            named[at] = replace(named[at], username=_random_username())
    columns = ("device_id", "ha1", "ha1b", "ha1_sha256")
    await connection.copy_records_to_table(
        "credentials", schema_name="kamailio", columns=columns, records=_hashes(named)
    )
    return named


async def write_hashes(
    connection: asyncpg.Connection[asyncpg.Record], devices: Sequence[IssuedDevice]
) -> None:
    """Keep what a switch checks a login with, in place of what was kept before."""
    await connection.execute(_WRITE_HASHES, *map(list, zip(*_hashes(devices), strict=True)))


def sealed_voicemail_pins(pins: Sequence[str]) -> list[bytes]:
    """PINs of mailboxes as they are kept."""
    return seal.seal_many(VOICEMAIL_PIN, [pin.encode() for pin in pins])


def _hashes(devices: Sequence[IssuedDevice]) -> list[tuple[UUID, str, str, str]]:
    return [
        (device.device_id, each.ha1, each.ha1b, each.ha1_sha256)
        for device in devices
        for each in (sip_hashes(device.username, device.realm, device.secret),)
    ]


def _named(request: DeviceRequest, device_id: UUID, secret: str) -> IssuedDevice:
    username = request.username or request.account_number
    if request.username is None and (request.cedes_number or username_violation(username)):
        username = _random_username()
    return IssuedDevice(
        device_id, request.account_id, username, request.realm, request.secret or secret
    )


async def _insert(
    connection: asyncpg.Connection[asyncpg.Record],
    devices: Sequence[tuple[IssuedDevice, DeviceRequest]],
) -> frozenset[UUID]:
    rows = await connection.fetch(
        _INSERT,
        [device.device_id for device, _ in devices],
        [device.account_id for device, _ in devices],
        [device.username for device, _ in devices],
        [device.realm for device, _ in devices],
        [request.account_number for _, request in devices],
        [mailbox_address(request.mail_to) for _, request in devices],
        sealed_voicemail_pins(random_voicemail_pins(len(devices))),
    )
    return frozenset(row["id"] for row in rows)


def _refuse_chosen(requests: Iterable[DeviceRequest]) -> None:
    problems = tuple(
        Problem(ErrorCode.TAKEN, (request.username_field,), f"{request.username} is in use.")
        for request in requests
        if request.username is not None
    )
    if problems:
        raise Refused(problems)


def _random_username() -> str:
    return f"{secrets.randbelow(10**_RANDOM_USERNAME_DIGITS):0{_RANDOM_USERNAME_DIGITS}d}"
