"""The facts behind a call decision, read in one statement, and the decision by them.

What is decided from the facts, and in which order, stands in `models.rules.call_decision`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from models.money.reader import Reader
from models.rules.call_decision import Call, CallFacts, Decision, decide, number_to_dial, spellings
from models.rules.cli_pool import Pool
from models.rules.enums import CallDirection, CliPool, LocalizationTarget
from models.rules.localization import Translation
from models.rules.viewer import Viewer

_FACTS = """
SELECT a.id, a.reseller_id, a.rate_group_id, a.non_cli_rate_group_id, a.allows_local_calls,
       a.cli_pool,
       a.status = 'ACTIVE' AND a.suspended_for_debt_at IS NULL
           AND owner_lets_call(a.reseller_id) AS switched_on,
       coalesce(a.expires_at <= now(), false) AS expired,
       chain_is_funded(a.id) AS funded,
       (SELECT f.number FROM force_caller_ids f
         WHERE f.account_id = a.id AND f.status = 'ACTIVE') AS force_caller_id,
       ARRAY(SELECT d.number FROM dids d WHERE d.account_id = a.id AND d.status = 'ACTIVE'
              ORDER BY d.digits) AS dids,
       ARRAY(SELECT c.number FROM caller_ids c WHERE c.account_id = a.id AND c.status = 'ACTIVE'
              ORDER BY c.digits) AS caller_ids,
       ARRAY(SELECT b.prefix FROM blocked_codes b WHERE b.account_id = a.id) AS blocked,
       (SELECT coalesce(json_object_agg(s.key, s.number), '{}') FROM speed_dials s
         WHERE s.account_id = a.id) AS speed_dials,
       (SELECT coalesce(json_agg(json_build_array(r.direction, r.target, r.cut, r.add)
                                 ORDER BY r.position), '[]')
          FROM localization_rules r JOIN localizations l ON l.id = r.localization_id
         WHERE l.id = a.localization_id AND l.status = 'ACTIVE') AS translations
  FROM accounts a
 WHERE a.kind IN ('CUSTOMER', 'PROVIDER')
"""
_BY_ID = f"{_FACTS} AND a.id = $1"
# A number is somebody's only while that account lives; it may be reused afterwards.
_BY_NUMBER = f"{_FACTS} AND fold(a.number) = fold($1) AND a.status <> 'DELETED'"
_REACHES_HOUSE = """
SELECT EXISTS (SELECT FROM accounts h
                WHERE fold(h.number) = ANY (ARRAY(SELECT fold(n) FROM unnest($1::text[]) AS n))
                  AND h.status <> 'DELETED' AND h.id <> $2)
    OR EXISTS (SELECT FROM sip_devices d
                WHERE lower(d.username) = ANY (ARRAY(SELECT lower(n) FROM unnest($1::text[]) AS n))
                  AND d.removed_at IS NULL
                  AND d.account_id <> $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCall:
    """One call that somebody asks about; without a called number only state and pool count."""

    call_id: str
    cli: str | None = None
    called_number: str | None = None


async def decide_call(
    connection: Reader, account: UUID | str, asked: AskedCall, viewer: Viewer | None = None
) -> Decision | None:
    """Decide a call of an account, given by id or number.

    None when there is no such account, or when `viewer` does not see it; a switch asks without.
    """
    row = await connection.fetchrow(_BY_ID if isinstance(account, UUID) else _BY_NUMBER, account)
    if row is None or (viewer is not None and not _seen(row, viewer)):
        return None
    facts = _facts(row)
    dialled = number_to_dial(facts, asked.called_number)
    reaches_house = (
        dialled is not None
        and not facts.allows_local_calls
        and bool(await connection.fetchval(_REACHES_HOUSE, spellings(dialled), facts.account_id))
    )
    call = Call(asked.call_id, asked.cli, asked.called_number, reaches_house)
    return decide(facts, call)


def _seen(row: Any, viewer: Viewer) -> bool:
    own = row["id"] == viewer.account_id
    return viewer.is_staff or own or row["reseller_id"] in viewer.reseller_ids


def _facts(row: Any) -> CallFacts:
    dialled = orjson.loads(row["speed_dials"])
    translations = orjson.loads(row["translations"] or "[]")
    return CallFacts(
        account_id=row["id"],
        switched_on=row["switched_on"],
        expired=row["expired"],
        funded=row["funded"],
        rate_group_id=row["rate_group_id"],
        non_cli_rate_group_id=row["non_cli_rate_group_id"],
        allows_local_calls=row["allows_local_calls"],
        pool=Pool(CliPool(row["cli_pool"]), tuple(row["dids"]), tuple(row["caller_ids"])),
        force_caller_id=row["force_caller_id"],
        speed_dials={int(key): number for key, number in dialled.items()},
        blocked_prefixes=tuple(row["blocked"]),
        translations=tuple(
            Translation(CallDirection(direction), LocalizationTarget(target), cut, add)
            for direction, target, cut, add in translations
        ),
    )
