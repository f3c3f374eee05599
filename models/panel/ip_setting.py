"""IP settings: networks whose calls are this account's without a SIP sign-in.

Switches load them as lists; a change makes them load anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.accounts.account import Account
from models.constraints import understood
from models.database import raw, transaction
from models.ids import new_id
from models.panel.entry import held_entry
from models.rules.enums import ActiveStatus
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.networks import parsed
from models.rules.panel import IpSettingDraft, name_problems, tech_prefix_problems
from models.rules.patch import clearing_problems, given
from models.rules.viewer import Viewer

# Overlap is no equality an index could refuse, so writers of this table take turns.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(7402119)"
_OVERLAPPING = """
SELECT EXISTS (SELECT FROM ip_settings
                WHERE account_id <> $1 AND (prefix = $3 OR $3 IS NULL)
                  AND network::inet && $2::text::inet)
"""
_ANY_PREFIX = None


class IpSetting(Model):
    """One white-listed network of one account. Heading: IP Settings."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "ip_settings")
    account_id: UUID
    name = fields.CharField(max_length=80)
    network = fields.CharField(max_length=43)  # CIDR in canonical form, host bits zero
    prefix = fields.CharField(max_length=20, default="")  # digits dialled before the number
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "ip_settings"

    @property
    def subject(self) -> audit.Subject:
        """The setting in the audit trail."""
        return audit.Subject("IpSetting", self.id, self.network, self.account_id)

    @classmethod
    async def list_network(
        cls, viewer: Viewer, account_id: UUID, draft: IpSettingDraft, status: ActiveStatus
    ) -> UUID:
        """Take calls from a network as this account's.

        Raises Refused with every broken rule, and TAKEN when the network is listed or overlaps
        one of another account: under the same prefix, or under any unless staff ask.
        """
        with understood():
            async with transaction() as tx:
                account = await Account.held_for(viewer, account_id)
                _refuse_strangers(viewer, account)
                if problems := draft.problems(of_the_house=viewer.is_staff):
                    raise Refused(problems)
                network = str(parsed(draft.network))
                prefix = draft.prefix if viewer.is_staff else _ANY_PREFIX
                await _refuse_overlap(tx, account_id, network, prefix)
                row = await cls.create(
                    id=new_id(),
                    account_id=account_id,
                    name=draft.name,
                    network=network,
                    prefix=draft.prefix,
                    status=status,
                )
                changes = audit.differences({}, {"network": network, "prefix": draft.prefix})
                await audit.record(viewer, "ipSettingCreate", row.subject, changes)
                return row.id

    @classmethod
    async def change(
        cls, viewer: Viewer, setting_id: UUID, expected: int | None, changes: Mapping[str, Any]
    ) -> None:
        """Change name, prefix or status. Raises Refused, DomainError, VERSION_CONFLICT."""
        with understood():
            async with transaction() as tx:
                row, account = await held_entry(viewer, cls, setting_id)
                _refuse_strangers(viewer, account)
                versions.expect(row.version, expected)
                old = {"name": row.name, "prefix": row.prefix, "status": row.status}
                wanted = old | given(changes)
                if "prefix" in changes:
                    wanted["prefix"] = changes["prefix"] or ""
                if problems := _problems(changes, wanted):
                    raise Refused(problems)
                asked = _ANY_PREFIX if _is_claim(viewer, old, wanted) else wanted["prefix"]
                await _refuse_overlap(tx, row.account_id, row.network, asked)
                difference = audit.differences(old, wanted)
                if difference:
                    row.update_from_dict({**wanted, "version": row.version + 1})
                    await row.save()
                    await audit.record(viewer, "ipSettingUpdate", row.subject, difference)

    @classmethod
    async def unlist(cls, viewer: Viewer, setting_id: UUID) -> None:
        """No longer take calls from the network. Raises NOT_FOUND."""
        async with transaction():
            row, account = await held_entry(viewer, cls, setting_id)
            _refuse_strangers(viewer, account)
            change = audit.FieldChange("network", row.network, None)
            await audit.record(viewer, "ipSettingDelete", row.subject, [change])
            await row.delete()


def _refuse_strangers(viewer: Viewer, account: Account) -> None:
    if account.id == viewer.account_id and not account.manages_own_ips:
        sentence = "This account does not manage its own IP settings."
        raise DomainError(ErrorCode.FORBIDDEN, (), sentence)


def _problems(changes: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[Problem, ...]:
    named = name_problems(wanted["name"])
    return (
        *clearing_problems(changes, frozenset({"prefix"})),
        *named,
        *tech_prefix_problems(wanted["prefix"]),
    )


def _is_claim(viewer: Viewer, old: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a tenant asks for calls that were not the account's until now."""
    brought_in = old["status"] is not wanted["status"] is ActiveStatus.ACTIVE
    return not viewer.is_staff and (brought_in or old["prefix"] != wanted["prefix"])


async def _refuse_overlap(
    tx: BaseDBAsyncClient, account_id: UUID, network: str, prefix: str | None
) -> None:
    await raw(tx).execute(_TAKE_TURNS)
    if await raw(tx).fetchval(_OVERLAPPING, account_id, network, prefix):
        sentence = "Another account lists this network, or one that overlaps it."
        raise DomainError(ErrorCode.TAKEN, ("network",), sentence)
