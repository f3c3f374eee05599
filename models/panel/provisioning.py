"""How far the switches have followed a device: what is left to do, what was done, what it comes to.

What a switch is told is decided above; each verb here is one small transaction and repeats
without harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models.database import raw, transaction
from models.rules.enums import ProvisioningState
from models.rules.text import legible

MISMATCH = "mismatch"  # the step of a switch that answers otherwise than it should, for good
_ERROR_LENGTH = 500

# A device that somebody announced is looked after at every switch; those made in bulk have no rows.
_LOOK_AFTER = """
INSERT INTO device_nodes (id, device_id, node_id, wanted_generation, applied_generation, attempts,
                          since)
SELECT gen_random_uuid(), d.id, n.id, d.generation, 0, 0, now()
  FROM sip_devices d CROSS JOIN switch_nodes n
 WHERE d.id = $1 AND n.address IS NOT NULL AND n.state <> 'RETIRED'
    ON CONFLICT (device_id, node_id) DO NOTHING
"""
_STANDING = """
SELECT d.generation, d.drop_generation, e.id IS NOT NULL AS is_effective,
       ARRAY(SELECT f.node_id FROM device_nodes f JOIN switch_nodes n ON n.id = f.node_id
              WHERE f.device_id = d.id AND n.address IS NOT NULL AND n.state <> 'RETIRED'
                AND f.applied_generation < d.generation ORDER BY n.name) AS lagging,
       ARRAY(SELECT f.node_id FROM device_nodes f
              WHERE f.device_id = d.id AND f.applied_generation < d.drop_generation) AS dropping
  FROM sip_devices d LEFT JOIN effective_devices e ON e.id = d.id
 WHERE d.id = $1
"""
_LOGINS = """
SELECT d.id, d.username, d.realm, d.generation, e.id IS NOT NULL AS is_effective, c.ha1,
       cardinality(d.allowed_networks) > 0 AS is_bound_to_networks
  FROM sip_devices d
  LEFT JOIN effective_devices e ON e.id = d.id
  LEFT JOIN kamailio.credentials c ON c.device_id = d.id
 WHERE d.id = ANY ($1)
"""
_BEGIN = """
UPDATE device_nodes
   SET step = $3::text,
       attempts = attempts + CASE WHEN $3::text = 'flush' OR attempts = 0 THEN 1 ELSE 0 END
 WHERE device_id = $1 AND node_id = $2
"""
_FAILED = """
UPDATE device_nodes SET last_error = $3 WHERE device_id = $1 AND node_id = $2
"""
# What was written before stays as it is, with its moment.
_APPLIED = """
UPDATE device_nodes
   SET applied_generation = greatest(applied_generation, $3), step = $4, last_error = $5,
       attempts = 0, since = now()
 WHERE device_id = $1 AND node_id = $2
   AND (applied_generation < $3 OR attempts > 0
        OR (step, last_error) IS DISTINCT FROM ($4::text, $5::text))
"""
_APPLIED_MANY = """
UPDATE device_nodes f
   SET applied_generation = greatest(f.applied_generation, a.generation), step = NULL,
       last_error = NULL, attempts = 0, since = now()
  FROM unnest($2::uuid[], $3::bigint[]) AS a (device_id, generation)
 WHERE f.device_id = a.device_id AND f.node_id = $1
"""
# A switch that was seen to hold nothing of a device that is off has no contacts to show.
_FORGET_CONTACTS = """
DELETE FROM device_registrations r
 WHERE r.node_id = $1 AND r.device_id = ANY ($2)
   AND NOT EXISTS (SELECT FROM effective_devices e WHERE e.id = r.device_id)
"""
# Nobody has verified anything where no switch is attached; only who is removed is let go at once.
# Whoever is off by a reseller or by time is not said to be let go before it was asked for.
_SETTLE = """
WITH progress AS (
    SELECT d.id, d.removed_at IS NOT NULL AS is_removed,
           d.off_generation < d.generation AND d.provisioning IN ('READY', 'DEGRADED', 'MISMATCH')
               AS is_unasked,
           d.provisioning, count(n.id) AS told,
           count(n.id) FILTER (WHERE f.applied_generation < d.generation) AS lagging,
           count(n.id) FILTER (WHERE f.step = 'mismatch') AS odd
      FROM sip_devices d
      LEFT JOIN switch_nodes n ON n.address IS NOT NULL AND n.state <> 'RETIRED'
      LEFT JOIN device_nodes f ON f.device_id = d.id AND f.node_id = n.id
     WHERE d.id = ANY ($1) GROUP BY d.id
), outcome AS (
    SELECT p.id, CASE WHEN p.told = 0 AND NOT p.is_removed THEN 'PUBLISHED'
                      WHEN e.id IS NULL AND p.is_unasked THEN p.provisioning
                      WHEN e.id IS NULL AND p.lagging = 0 THEN 'REVOKED'
                      WHEN e.id IS NULL THEN 'REVOKING'
                      WHEN p.lagging > 0 THEN 'DEGRADED'
                      WHEN p.odd > 0 THEN 'MISMATCH'
                      ELSE 'READY' END AS state
      FROM progress p LEFT JOIN effective_devices e ON e.id = p.id
), written AS (
    UPDATE sip_devices d SET provisioning = o.state, provisioned_at = now()
      FROM outcome o WHERE o.id = d.id AND d.provisioning <> o.state
)
SELECT id, state FROM outcome
"""
# The user name is free again with this: every switch has let it go.
_WIPE = """
WITH gone AS (
    DELETE FROM sip_devices
     WHERE id = ANY ($1) AND removed_at IS NOT NULL AND provisioning = 'REVOKED'
 RETURNING id, account_id, realm, username
)
INSERT INTO retired_usernames (id, account_id, realm, username, retired_at)
SELECT id, account_id, realm, username, now() FROM gone
    ON CONFLICT (id) DO NOTHING
"""
_LAGGING = """
SELECT f.device_id, f.node_id, f.applied_generation < d.drop_generation AS drops
  FROM device_nodes f
  JOIN sip_devices d ON d.id = f.device_id
  JOIN switch_nodes n ON n.id = f.node_id
 WHERE f.device_id = ANY ($1) AND f.applied_generation < d.generation
   AND n.address IS NOT NULL AND n.state <> 'RETIRED'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a device's row wants of the switches. dropping: where registrations have to go."""

    generation: int
    is_effective: bool
    lagging: tuple[UUID, ...]
    dropping: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """A device as the switches know it, with what proves it. None of it leaves this process."""

    username: str
    realm: str
    generation: int
    is_effective: bool
    is_bound_to_networks: bool
    ha1: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lagging:
    """One device that one switch has to follow; drops: also by letting its registrations go."""

    device_id: UUID
    node_id: UUID
    drops: bool


async def standing(device_id: UUID) -> Standing | None:
    """What is left to do; None when the device is gone."""
    async with transaction() as tx:
        await raw(tx).execute(_LOOK_AFTER, device_id)
        row = await raw(tx).fetchrow(_STANDING, device_id)
    if row is None:
        return None
    lagging = tuple(row["lagging"])
    dropping = tuple(n for n in row["dropping"] if n in lagging) if row["is_effective"] else lagging
    return Standing(row["generation"], row["is_effective"], lagging, dropping)


async def login_of(device_id: UUID) -> DeviceLogin | None:
    """The device as it is now; None when it is gone."""
    return (await logins_of([device_id])).get(device_id)


async def logins_of(device_ids: Sequence[UUID]) -> dict[UUID, DeviceLogin]:
    """The devices as they are now; those that are gone are absent."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_LOGINS, list(device_ids))
    return {
        row["id"]: DeviceLogin(
            username=row["username"],
            realm=row["realm"],
            generation=row["generation"],
            is_effective=row["is_effective"],
            is_bound_to_networks=row["is_bound_to_networks"],
            ha1=row["ha1"],
        )
        for row in rows
    }


async def lagging_of(device_ids: Sequence[UUID]) -> list[Lagging]:
    """What each switch still has to do for these devices."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_LAGGING, list(device_ids))
    return [Lagging(row["device_id"], row["node_id"], row["drops"]) for row in rows]


async def begin_step(device_id: UUID, node_id: UUID, step: str) -> None:
    """Write down what is being done at a switch; each try begins with a flush."""
    async with transaction() as tx:
        await raw(tx).execute(_BEGIN, device_id, node_id, step)


async def step_failed(device_id: UUID, node_id: UUID, words: str) -> None:
    """Write down why a step did not work."""
    async with transaction() as tx:
        await raw(tx).execute(_FAILED, device_id, node_id, legible(words, _ERROR_LENGTH))


async def applied(
    device_id: UUID, node_id: UUID, generation: int, *, mismatch: str | None = None
) -> None:
    """Write down that a switch has followed up to a generation, or answers oddly for good."""
    step = None if mismatch is None else MISMATCH
    words = None if mismatch is None else legible(mismatch, _ERROR_LENGTH)
    async with transaction() as tx:
        await raw(tx).execute(_APPLIED, device_id, node_id, generation, step, words)
        await raw(tx).execute(_FORGET_CONTACTS, node_id, [device_id])


async def applied_many(node_id: UUID, generations: Mapping[UUID, int]) -> None:
    """Write down up to which generation of each device a switch has followed."""
    async with transaction() as tx:
        await raw(tx).execute(_APPLIED_MANY, node_id, list(generations), list(generations.values()))
        await raw(tx).execute(_FORGET_CONTACTS, node_id, list(generations))


async def settle(device_ids: Sequence[UUID]) -> dict[UUID, ProvisioningState]:
    """Write what all switches together amount to; devices that are gone are absent.

    A device that was to be removed goes for good here, once every switch has let it go.
    """
    async with transaction() as tx:
        rows = await raw(tx).fetch(_SETTLE, list(device_ids))
        states = {row["id"]: ProvisioningState(row["state"]) for row in rows}
        revoked = [id_ for id_, state in states.items() if state is ProvisioningState.REVOKED]
        if revoked:
            await raw(tx).execute(_WIPE, revoked)
    return states
