"""The house's own choices, one row, changed through the API.

What a process needs to start (addresses, keys) is environment and not here.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access import audit
from models.database import raw, transaction
from models.rules.errors import Refused
from models.rules.house_settings import SPOKEN, SettingsPatch
from models.rules.viewer import Viewer

_NAME_REALM = """
UPDATE settings s SET realm = $1
 WHERE NOT EXISTS (SELECT FROM sip_devices d WHERE d.realm = s.realm)
   AND NOT EXISTS (SELECT FROM retired_usernames r WHERE r.realm = s.realm)
   AND NOT EXISTS (SELECT FROM accounts a WHERE fold(a.realm) = $1)
"""
SUBJECT = audit.Subject("Settings", UUID(int=1), "settings")


class HouseSettings(Model):
    """The one row; its id is always 1."""

    id = fields.SmallIntField(primary_key=True)
    base_currency = fields.CharField(max_length=3, default="USD")
    time_zone = fields.CharField(max_length=64, default="UTC")
    country_code = fields.CharField(max_length=2, default="US")
    realm = fields.CharField(max_length=253, default="sip.trunkline.local")
    pin_minimum_length = fields.SmallIntField(default=6)
    low_balance_default = columns.amount(default=5)
    account_number_length = fields.SmallIntField(default=10)

    class Meta:
        table = "settings"

    @classmethod
    async def name_realm(cls, realm: str) -> str:
        """Give the administration's devices their realm; answers the one they have.

        Hashes are of one realm: it stays once a device was made in it, and is no reseller's.
        """
        async with transaction() as tx:
            await raw(tx).execute(_NAME_REALM, realm)
        return (await cls.get(id=1)).realm

    @classmethod
    async def adopt(cls, patch: SettingsPatch, viewer: Viewer) -> None:
        """Change some of the choices; they count for what is made from now on. Raises Refused."""
        if problems := patch.problems():
            raise Refused(problems)
        async with transaction():
            row = await cls.all().select_for_update().get(id=1)
            before = _told(row)
            row.update_from_dict(dict(patch.changes))
            if changes := audit.differences(before, _told(row)):
                await row.save()
                await audit.record(viewer, "settingsUpdate", SUBJECT, changes)


def _told(row: HouseSettings) -> dict[str, object]:
    return {spoken: getattr(row, column) for column, spoken in SPOKEN.items()}
