"""Owners: what an account takes from whoever stands above it, the administration or a reseller.

Read for many accounts at once; nothing here decides, `models.accounts.opening` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import asyncpg

_ADMINISTRATION = """
SELECT s.realm, s.base_currency AS currency_code, s.time_zone, s.country_code, true AS is_on,
       '/' AS path, ARRAY(SELECT t.id FROM taxes t WHERE t.reseller_id IS NULL
                             AND t.is_default AND t.status = 'ACTIVE') AS default_tax_ids
  FROM settings s
"""
_RESELLERS = """
SELECT r.id, r.realm, r.currency_code, r.time_zone, r.country_code, r.path,
       owner_is_on(r.id) AS is_on,
       ARRAY(SELECT t.id FROM taxes t WHERE t.reseller_id = r.id
                AND t.is_default AND t.status = 'ACTIVE') AS default_tax_ids
  FROM accounts r
 WHERE r.kind = 'RESELLER' AND r.id = ANY ($1)
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner; `id` None is the administration. `path` is "/" or "/id/id/"."""

    id: UUID | None
    realm: str
    currency_code: str
    time_zone: str
    country_code: str | None
    is_on: bool
    path: str
    default_tax_ids: tuple[UUID, ...]


async def owners_of(
    connection: asyncpg.Connection[asyncpg.Record], ids: Iterable[UUID | None]
) -> dict[UUID | None, Owner]:
    """The owners that exist among `ids`; one that does not exist is absent."""
    wanted = set(ids)
    found: dict[UUID | None, Owner] = {}
    if None in wanted:
        row = await connection.fetchrow(_ADMINISTRATION)
        if row is None:
            raise RuntimeError("the settings row is missing: migrations have not run")
        found[None] = _owner(None, row)
    resellers = [identity for identity in wanted if identity is not None]
    if resellers:
        for row in await connection.fetch(_RESELLERS, resellers):
            found[row["id"]] = _owner(row["id"], row)
    return found


def _owner(identity: UUID | None, row: asyncpg.Record) -> Owner:
    return Owner(
        id=identity,
        realm=row["realm"],
        currency_code=row["currency_code"],
        time_zone=row["time_zone"],
        country_code=row["country_code"],
        is_on=row["is_on"],
        path=row["path"],
        default_tax_ids=tuple(row["default_tax_ids"]),
    )
