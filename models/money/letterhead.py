"""How issuers and those they write to stand on documents: as they were on that day, for good.

A profile or an address may change afterwards; what was printed does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models.database import raw


class Letterhead(Model):
    """An issuer as its documents name it; each wording is kept once and never changed."""

    id = fields.UUIDField(primary_key=True)  # the hash of the content
    content = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "letterheads"

    @staticmethod
    async def of(tx: BaseDBAsyncClient, issuer: UUID | None) -> UUID:
        """The letterhead of an issuer as its profile stands now; None is the administration."""
        found: UUID = await raw(tx).fetchval(_LETTERHEAD, issuer)
        return found


async def addressees(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Accounts as a document addresses them now: JSON of name, address, number, zone and note."""
    rows = await raw(tx).fetch(_ADDRESSEES, list(set(account_ids)))
    return {row["id"]: row["addressee"] for row in rows}


_LETTERHEAD = """
    WITH said AS (
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'name', coalesce(p.name, a.company, a.first_name, 'Trunkline'),
            'line1', p.address_line1, 'line2', p.address_line2, 'city', p.city,
            'province', p.province, 'postal_code', p.postal_code,
            'country_code', p.country_code, 'tax_number', p.tax_number, 'note', p.note,
            'reply_to', p.reply_to, 'website', p.website, 'logo_upload_id', p.logo_upload_id,
            'time_zone', coalesce(p.time_zone, a.time_zone, 'UTC')
        )) AS content
        FROM (SELECT $1::uuid AS id) wanted
        LEFT JOIN issuer_profiles p ON p.reseller_id IS NOT DISTINCT FROM wanted.id
        LEFT JOIN accounts a ON a.id = wanted.id
    ), named AS (
        SELECT left(encode(sha256(convert_to(content::text, 'UTF8')), 'hex'), 32)::uuid AS id,
               content
        FROM said
    ), kept AS (
        INSERT INTO letterheads (id, content)
        SELECT id, content FROM named n
        WHERE NOT EXISTS (SELECT FROM letterheads known WHERE known.id = n.id)
        ON CONFLICT (id) DO NOTHING
    )
    SELECT id FROM named
"""

_ADDRESSEES = """
    SELECT id, jsonb_strip_nulls(jsonb_build_object(
               'name', concat_ws(' ', first_name, last_name), 'company', company,
               'line1', address_line1, 'line2', address_line2, 'city', city,
               'province', province, 'postal_code', postal_code, 'country_code', country_code,
               'number', number, 'time_zone', time_zone, 'invoice_note', invoice_note
           ))::text AS addressee
    FROM accounts WHERE id = ANY ($1::uuid[])
"""
