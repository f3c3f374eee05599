"""What is found and set by digits that callers type: calling-card PINs and PINs of mailboxes.

Only the digits of somebody who may act now open anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from models.accounts.opening_facts import pin_hash
from models.ids import new_id
from models.panel.sip_issue import sealed_voicemail_pins

if TYPE_CHECKING:
    import asyncpg

_ACCOUNT = """
SELECT a.id, a.number FROM pins p JOIN effective_accounts a ON a.id = p.account_id
 WHERE p.keyed_hash = $1
"""
# The trail says that it was changed, by whoever knew the old one at the switch.
_SET = """
WITH changed AS (
    UPDATE sip_devices d SET voicemail_pin_sealed = $3
      FROM effective_devices e
     WHERE e.id = d.id AND e.realm = $1 AND e.username = $2 AND e.voicemail_enabled
 RETURNING d.id, d.account_id
)
INSERT INTO audit_events (id, at, actor, action, subject_type, subject_id, subject_label,
                          account_id, changes)
SELECT $4, now(), 'system', 'voicemailPinChange', 'SipDevice', c.id, $2 || '@' || $1,
       c.account_id, '[{"field": "voicemail.pin", "old": null, "new": "changed"}]'
  FROM changed c
RETURNING subject_id
"""


@dataclass(frozen=True, slots=True)
class CardHolder:
    """The account behind a PIN."""

    id: UUID
    number: str


async def account_of_pin(
    connection: asyncpg.Connection[asyncpg.Record], pin: str
) -> CardHolder | None:
    """The account that may act now and has this PIN."""
    row = await connection.fetchrow(_ACCOUNT, pin_hash(pin))
    return None if row is None else CardHolder(row["id"], row["number"])


async def set_mailbox_pin(
    connection: asyncpg.Connection[asyncpg.Record], realm: str, username: str, pin: str
) -> bool:
    """Set the six digits of a mailbox that is on; False when there is none."""
    (sealed,) = sealed_voicemail_pins([pin])
    return await connection.fetchval(_SET, realm, username, sealed, new_id()) is not None
