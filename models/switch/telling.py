"""Switches that are told things: where they are, with their secret, and whether they answer.

A switch without an address only asks; it never stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from models import seal
from models.database import raw, transaction
from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.text import legible
from models.switch.node import NODE_SECRET

_ERROR_LENGTH = 500

_TOLD = """
SELECT id, name, kind, address, profiles, secret_sealed, state, last_error
  FROM switch_nodes
 WHERE address IS NOT NULL AND state <> 'RETIRED' AND ($1::uuid IS NULL OR id = $1)
 ORDER BY name
"""
# Back after an absence: what it missed is swept and read, so it counts as never swept.
_REACHED = """
UPDATE switch_nodes
   SET last_seen_at = now(),
       last_error = CASE WHEN state = 'UNREACHABLE' THEN NULL ELSE last_error END,
       last_swept_at = CASE WHEN state = 'UNREACHABLE' THEN NULL ELSE last_swept_at END,
       lists_digest = CASE WHEN state = 'UNREACHABLE' THEN NULL ELSE lists_digest END,
       state = CASE WHEN state = 'UNREACHABLE' THEN 'ACTIVE' ELSE state END
 WHERE id = $1
   AND (state = 'UNREACHABLE' OR last_seen_at IS NULL
        OR last_seen_at < now() - interval '10 seconds')
"""
_NOT_REACHED = """
UPDATE switch_nodes
   SET last_error = $2, state = CASE WHEN state = 'ACTIVE' THEN 'UNREACHABLE' ELSE state END,
       last_swept_at = NULL, lists_digest = NULL
 WHERE id = $1 AND state <> 'RETIRED'
"""
# What else was wrong stays to be seen until the watch finds the switch well again.
_WELL = "UPDATE switch_nodes SET last_error = NULL WHERE id = $1 AND last_error IS NOT NULL"
_COMPLAINED = "UPDATE switch_nodes SET last_error = $2 WHERE id = $1 AND state <> 'RETIRED'"


@dataclass(frozen=True, slots=True)
class ToldSwitch:
    """One switch as whoever talks to it needs it."""

    id: UUID
    name: str
    kind: SwitchKind
    address: str
    profiles: tuple[str, ...]
    secret_sealed: bytes | None = field(repr=False)
    state: SwitchNodeState
    last_error: str | None

    def secret(self) -> str | None:
        """What it is told things with; None where none was given. Raises seal.Unsealable."""
        sealed = self.secret_sealed
        return None if sealed is None else seal.unseal(NODE_SECRET, sealed).decode()


async def told_switches() -> list[ToldSwitch]:
    """Every switch that is told things."""
    return await _told(None)


async def told_switch(node_id: UUID) -> ToldSwitch | None:
    """One of them; None when it is retired or only asks."""
    found = await _told(node_id)
    return found[0] if found else None


async def reached(node_id: UUID) -> None:
    """Write down that a switch answered."""
    await _write(_REACHED, node_id)


async def not_reached(node_id: UUID, words: str) -> None:
    """Write down that a switch did not answer."""
    await _write(_NOT_REACHED, node_id, legible(words, _ERROR_LENGTH))


async def found_well(node_id: UUID) -> None:
    """Write down that nothing is wrong with a switch that answers."""
    await _write(_WELL, node_id)


async def complained(node_id: UUID, words: str) -> None:
    """Write down what is wrong with a switch although it answers."""
    await _write(_COMPLAINED, node_id, legible(words, _ERROR_LENGTH))


async def _write(statement: str, node_id: UUID, *words: str) -> None:
    async with transaction() as tx:
        await raw(tx).execute(statement, node_id, *words)


async def _told(node_id: UUID | None) -> list[ToldSwitch]:
    async with transaction() as tx:
        rows = await raw(tx).fetch(_TOLD, node_id)
    return [
        ToldSwitch(
            id=row["id"],
            name=row["name"],
            kind=SwitchKind(row["kind"]),
            address=row["address"],
            profiles=tuple(row["profiles"]),
            secret_sealed=row["secret_sealed"],
            state=SwitchNodeState(row["state"]),
            last_error=row["last_error"],
        )
        for row in rows
    ]
