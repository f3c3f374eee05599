"""What a switch holds against what it may hold: registrations, lists of networks, old tombstones.

What to tell the switch follows from the answers; nothing is told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.database import raw, transaction
from models.ids import new_id

_UNWELCOME = """
SELECT DISTINCT h.realm, h.username
  FROM unnest($1::text[], $2::text[]) AS h (realm, username)
 WHERE NOT EXISTS (SELECT FROM effective_devices e
                    WHERE e.realm = h.realm AND e.username = h.username)
"""
_KEEP = """
WITH held AS (
    SELECT h.id, d.id AS device_id, h.contact, h.user_agent, h.expires_at
      FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
           AS h (id, realm, username, contact, user_agent, expires_at)
      JOIN sip_devices d ON d.realm = h.realm AND d.username = h.username
), gone AS (
    DELETE FROM device_registrations r
     WHERE r.node_id = $1
       AND NOT EXISTS (SELECT FROM held
                        WHERE held.device_id = r.device_id AND held.contact = r.contact)
)
INSERT INTO device_registrations (id, device_id, node_id, contact, user_agent, expires_at, seen_at)
SELECT DISTINCT ON (device_id, contact) id, device_id, $1, contact, user_agent, expires_at, now()
  FROM held
    ON CONFLICT (device_id, node_id, contact) DO UPDATE
   SET user_agent = excluded.user_agent, expires_at = excluded.expires_at, seen_at = now()
"""
_SWEPT = "UPDATE switch_nodes SET last_swept_at = now() WHERE id = $1"
_DIGEST = """
SELECT md5(coalesce(string_agg(n.network || ' ' || n.account_id || ' ' || n.realm, ','
                               ORDER BY n.network, n.account_id, n.realm), ''))
  FROM effective_networks n
"""
_READ = "SELECT lists_digest FROM switch_nodes WHERE id = $1"
_HAS_READ = "UPDATE switch_nodes SET lists_digest = $2 WHERE id = $1"
_DUE = """
SELECT id FROM switch_nodes
 WHERE address IS NOT NULL AND state NOT IN ('RETIRED', 'UNREACHABLE')
   AND (last_swept_at IS NULL OR last_swept_at < now() - interval '1 day')
"""


@dataclass(frozen=True, slots=True)
class HeldContact:
    """One registration as a switch told it."""

    realm: str
    username: str
    contact: str
    user_agent: str | None
    expires_at: datetime | None


async def due_for_sweep() -> list[UUID]:
    """Switches that came back, or whose last sweep was a day ago."""
    async with transaction() as tx:
        return [row["id"] for row in await raw(tx).fetch(_DUE)]


async def unwelcome(held: Sequence[HeldContact]) -> list[tuple[str, str]]:
    """Realm and user name of those registrations that nobody may have now."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(
            _UNWELCOME, [each.realm for each in held], [each.username for each in held]
        )
    return [(row["realm"], row["username"]) for row in rows]


async def keep_registrations(node_id: UUID, held: Sequence[HeldContact]) -> None:
    """Show what a switch holds now, in place of what it held before."""
    async with transaction() as tx:
        await raw(tx).execute(
            _KEEP,
            node_id,
            [new_id() for _ in held],
            [each.realm for each in held],
            [each.username for each in held],
            [each.contact for each in held],
            [each.user_agent for each in held],
            [each.expires_at for each in held],
        )


async def swept(node_id: UUID) -> None:
    """Write down that a switch holds nothing any more that it should not, and bury the old."""
    async with transaction() as tx:
        await raw(tx).execute(_SWEPT, node_id)


async def unread_lists(node_id: UUID) -> str | None:
    """The digest of our networks when a switch has read others; None when it is up to date."""
    async with transaction() as tx:
        digest: str = await raw(tx).fetchval(_DIGEST)
        return None if await raw(tx).fetchval(_READ, node_id) == digest else digest


async def has_read_lists(node_id: UUID, digest: str) -> None:
    """Write down which networks a switch has read."""
    async with transaction() as tx:
        await raw(tx).execute(_HAS_READ, node_id, digest)
