"""Raising a device's generation, and with it what every switch that is told things has to follow.

Only the wish is written here; who carries it to the switches stands above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from models.jobs.outbox import Outbox, OutboxKind

if TYPE_CHECKING:
    import asyncpg

# The rows were changed before: whether a device may act now is read after that change. A switch
# without a row here has nothing left to do for the device.
_RAISE = """
WITH raised AS (
    UPDATE sip_devices d
       SET generation = d.generation + 1,
           drop_generation = CASE WHEN $2 OR e.id IS NULL THEN d.generation + 1
                                  ELSE d.drop_generation END,
           off_generation = CASE WHEN e.id IS NULL THEN d.generation + 1 ELSE d.off_generation END,
           provisioning = CASE WHEN e.id IS NULL THEN 'REVOKING' ELSE 'PENDING' END,
           provisioned_at = now()
      FROM sip_devices was LEFT JOIN effective_devices e ON e.id = was.id
     WHERE was.id = d.id AND d.id = ANY ($1)
 RETURNING d.id, d.generation
), wanted AS (
    INSERT INTO device_nodes (id, device_id, node_id, wanted_generation, applied_generation,
                              attempts, since)
    SELECT gen_random_uuid(), r.id, n.id, r.generation, r.generation - 1, 0, now()
      FROM raised r CROSS JOIN switch_nodes n
     WHERE n.address IS NOT NULL AND n.state <> 'RETIRED'
        ON CONFLICT (device_id, node_id) DO UPDATE
       SET wanted_generation = excluded.wanted_generation, attempts = 0, since = now(),
           step = NULL, last_error = NULL
)
SELECT id, generation FROM raised
"""
_OF_ACCOUNTS = """
SELECT id FROM sip_devices WHERE account_id = ANY ($1) AND removed_at IS NULL ORDER BY id
"""
_ALL_OF_ACCOUNTS = "SELECT id FROM sip_devices WHERE account_id = ANY ($1) ORDER BY id"
# Those that changed sides with their reseller, and those that a switch has still to follow. Whether
# switches were asked to let go says the generation: a device's own story may have seen before that
# it is off. What is merely published stands on no side as long as no switch could be told.
_OF_SUBTREE = """
SELECT d.id, s.has_changed
  FROM accounts r
  JOIN accounts a ON a.reseller_id = ANY (reseller_subtree(r.path))
  JOIN sip_devices d ON d.account_id = a.id
  LEFT JOIN effective_devices e ON e.id = d.id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN e.id IS NULL THEN d.off_generation < d.generation
                   ELSE d.provisioning IN ('REVOKING', 'REVOKED') END
              AND (d.provisioning <> 'PUBLISHED'
                   OR EXISTS (SELECT FROM switch_nodes n
                               WHERE n.address IS NOT NULL AND n.state <> 'RETIRED'))
              AS has_changed) s
 WHERE r.id = $1 AND ($2::uuid IS NULL OR d.id > $2)
   AND (s.has_changed
        OR EXISTS (SELECT FROM device_nodes f
                    WHERE f.device_id = d.id AND f.applied_generation < f.wanted_generation))
 ORDER BY d.id LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """A device and the generation it is at now."""

    device_id: UUID
    generation: int


async def raise_generation(
    connection: asyncpg.Connection[asyncpg.Record],
    device_ids: Sequence[UUID],
    *,
    drops_registrations: bool = False,
) -> list[Raised]:
    """Make every switch follow the devices as their rows stand now, in the open transaction.

    Registrations go when the device may not act any more, and when `drops_registrations` says so.
    """
    rows = await connection.fetch(_RAISE, list(device_ids), drops_registrations)
    return [Raised(row["id"], row["generation"]) for row in rows]


async def announce(raised: Sequence[Raised]) -> None:
    """Start a workflow for each device; a batch that tells the switches itself does without."""
    for device in raised:
        await Outbox.put(OutboxKind.SIP_DEVICE, device.device_id, generation=device.generation)


async def follow_accounts(
    connection: asyncpg.Connection[asyncpg.Record], account_ids: Sequence[UUID]
) -> None:
    """Make the switches follow accounts whose state, expiry or limits were changed before."""
    devices = await devices_of(connection, account_ids)
    if devices:
        await announce(await raise_generation(connection, devices))


async def devices_of(
    connection: asyncpg.Connection[asyncpg.Record], account_ids: Sequence[UUID]
) -> list[UUID]:
    """The devices of these accounts that nobody has asked to go."""
    return [row["id"] for row in await connection.fetch(_OF_ACCOUNTS, list(account_ids))]


async def all_devices_of(
    connection: asyncpg.Connection[asyncpg.Record], account_ids: Sequence[UUID]
) -> list[UUID]:
    """Every device of these accounts, also those that are on their way out."""
    return [row["id"] for row in await connection.fetch(_ALL_OF_ACCOUNTS, list(account_ids))]


async def follow_subtree(
    connection: asyncpg.Connection[asyncpg.Record],
    reseller_id: UUID,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """Raise the next devices below a reseller that was switched, in order of their ids.

    Answers every device that some switch has to follow; told to nobody yet.
    """
    rows = await connection.fetch(_OF_SUBTREE, reseller_id, after, limit)
    changed = [row["id"] for row in rows if row["has_changed"]]
    if changed:
        await raise_generation(connection, changed)
    return [row["id"] for row in rows]
