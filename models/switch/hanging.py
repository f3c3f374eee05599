"""What hangs at the switches: devices that one of them has not followed, and those that are silent.

Trying goes on by itself, for ever; here it is only told, to whoever can look after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import raw, transaction
from models.money.reader import Reader
from models.panel.sip_follow import Raised, announce
from models.switch.staff import tell_staff

PATIENCE_SECONDS = 60  # the longest pause between two tries
FORGOTTEN_SECONDS = 600  # long enough for a batch that tells the switches itself
BEGUN_AGAIN = 20

_DEVICES = """
SELECT count(*) FILTER (WHERE provisioning = 'REVOKING') AS revoking,
       count(*) FILTER (WHERE provisioning IN ('PENDING', 'DEGRADED')) AS lagging,
       count(*) FILTER (WHERE provisioning = 'MISMATCH') AS refused
  FROM sip_devices
 WHERE provisioning NOT IN ('PUBLISHED', 'READY', 'REVOKED')
   AND provisioned_at < now() - make_interval(secs => $1)
"""
# Whose story was ended by somebody, or lost, is begun again; one that goes on takes no notice. A
# few a round, drawn by lot, so that the many that wait for one switch do not hide those. Whose
# errand still waits to be delivered needs no other.
_FORGOTTEN = """
SELECT id, generation FROM sip_devices d
 WHERE provisioning NOT IN ('PUBLISHED', 'READY', 'REVOKED', 'MISMATCH')
   AND provisioned_at < now() - make_interval(secs => $1)
   AND NOT EXISTS (SELECT FROM outbox o
                    WHERE o.kind = 'SIP_DEVICE' AND o.subject_id = d.id
                      AND o.delivered_at IS NULL)
 ORDER BY random() LIMIT $2
"""
_AILING = """
SELECT name, state = 'UNREACHABLE' AS is_silent, last_error
  FROM switch_nodes
 WHERE address IS NOT NULL AND state <> 'RETIRED'
   AND (state = 'UNREACHABLE' OR last_error IS NOT NULL)
 ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class AilingSwitch:
    """A switch that does not answer, or with which something else is wrong."""

    name: str
    is_silent: bool
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Hanging:
    """Devices that have waited for more than a minute, and the switches that do not do as told.

    revoking: who should be off; lagging: who has changed; refused: who should be let in and is not.
    """

    revoking: int
    lagging: int
    refused: int
    switches: tuple[AilingSwitch, ...]

    @property
    def silent(self) -> list[AilingSwitch]:
        """The switches that do not answer."""
        return [switch for switch in self.switches if switch.is_silent]


async def hanging(connection: Reader) -> Hanging:
    """What hangs now."""
    (devices,) = await connection.fetch(_DEVICES, PATIENCE_SECONDS)
    ailing = await connection.fetch(_AILING)
    switches = tuple(AilingSwitch(**row) for row in ailing)
    return Hanging(**devices, switches=switches)


async def tell_of_hanging() -> Hanging:
    """What hangs now; where devices wait, staff are mailed, once an hour at most.

    Some that have waited for long are announced anew.
    """
    async with transaction() as tx:
        found = await hanging(raw(tx))
        if found.revoking or found.lagging:
            facts = {"revoking": found.revoking, "lagging": found.lagging}
            names = ", ".join(switch.name for switch in found.switches)
            await tell_staff(raw(tx), "switch_alert", {"hanging": {**facts, "switches": names}})
            forgotten = await raw(tx).fetch(_FORGOTTEN, FORGOTTEN_SECONDS, BEGUN_AGAIN)
            await announce([Raised(row["id"], row["generation"]) for row in forgotten])
    return found
