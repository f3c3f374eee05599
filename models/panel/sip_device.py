"""SIP devices: what a customer's phone signs in as.

Credentials stand in schema `kamailio` as hashes; the secret itself is shown once and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.accounts import passwords
from models.accounts.account import Account
from models.accounts.credentials import PortalCredential
from models.accounts.owner import owners_of
from models.database import raw, transaction
from models.mail.email import Email, MailDraft
from models.panel.sip_follow import announce, raise_generation
from models.panel.sip_issue import DeviceRequest, IssuedDevice, issue_many, write_hashes
from models.rules.enums import ActiveStatus, ProvisioningState, Role
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch, canonical_networks
from models.rules.sip_secret import random_secret
from models.rules.viewer import Viewer


class SipDevice(Model):
    """One SIP account at the switches. Heading: SIP Devices."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    account = columns.belongs_to("Account", "sip_devices")
    account_id: UUID
    username = fields.CharField(max_length=64)  # unique in its realm, case-folded; immutable
    realm = fields.CharField(max_length=253)  # the owner's realm when the device was made
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    # Raised with everything a switch must follow; steps of an older generation stop.
    generation = fields.BigIntField(default=1)
    # Registrations made before this generation have to go.
    drop_generation = fields.BigIntField(default=0)
    provisioning = columns.word(ProvisioningState, default=ProvisioningState.PENDING)
    provisioned_at = fields.DatetimeField(null=True)  # when `provisioning` last changed
    caller_id_name = fields.CharField(max_length=80, null=True)
    caller_id_number = fields.CharField(max_length=20, null=True)
    codecs = ArrayField(element_type="text", default=list)  # in order of preference
    call_waiting = fields.BooleanField(default=True)
    max_calls = fields.IntField(null=True)
    allowed_networks = ArrayField(element_type="text", default=list)  # CIDR; empty: anywhere
    voicemail_enabled = fields.BooleanField(default=False)
    voicemail_mail_to = fields.CharField(max_length=254, null=True)
    voicemail_attach_file = fields.BooleanField(default=True)
    voicemail_keep_local = fields.BooleanField(default=True)
    voicemail_mail_all = fields.BooleanField(default=False)
    voicemail_pin_sealed = fields.BinaryField(null=True)  # six digits, sealed; switches only
    # Asked to go: refused and unlisted from then on; the row stays until every switch has let go.
    removed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "sip_devices"

    @classmethod
    async def issue(cls, viewer: Viewer, draft: SipDeviceDraft) -> IssuedDevice:
        """Give an account another device; its secret is known only from this answer.

        Raises DomainError: NOT_FOUND, WRONG_STATE at `customerId`; FORBIDDEN for customers; Refused.
        """
        _refuse_customers(viewer)
        async with transaction() as tx:
            account = await Account.held_for(viewer, draft.account_id)
            if problems := (*draft.problems(account.number), *await _portal_problems(draft)):
                raise Refused(problems)
            (issued,) = await issue_many(raw(tx), [await _request(tx, account, draft)])
            device = await cls.get(id=issued.device_id)
            device.update_from_dict(_columns(_said(draft)))
            device.provisioning = ProvisioningState.PENDING
            await device.save()
            await device._tell(viewer, "sipDeviceCreate", audit.differences({}, device._told()))
            await device._announce_new(account)
        return issued

    @classmethod
    async def change(
        cls, viewer: Viewer, device_id: UUID, expected_version: int | None, patch: SipDevicePatch
    ) -> Self:
        """Change anything but the login. Raises NOT_FOUND, VERSION_CONFLICT, FORBIDDEN, Refused."""
        _refuse_customers(viewer)
        async with transaction() as tx:
            device = await cls._held_for(viewer, device_id)
            versions.expect(device.version, expected_version)
            if problems := patch.problems():
                raise Refused(problems)
            before = device._told()
            device.update_from_dict(_columns(patch.changes))
            if changes := audit.differences(before, device._told()):
                await device._keep(viewer, "sipDeviceUpdate", changes)
                await announce(await raise_generation(raw(tx), [device.id]))
        return device

    @classmethod
    async def rotate(
        cls, viewer: Viewer, device_id: UUID, *, drops_registrations: bool = True
    ) -> IssuedDevice:
        """Replace the secret; the old one fails from the commit on. Raises NOT_FOUND."""
        async with transaction() as tx:
            device = await cls._held_for(viewer, device_id)
            issued = IssuedDevice(
                device.id, device.account_id, device.username, device.realm, random_secret()
            )
            await write_hashes(raw(tx), [issued])
            changes = [audit.FieldChange("secret", None, audit.CHANGED)]
            await device._keep(viewer, "sipDeviceSecretRotate", changes)
            raised = await raise_generation(
                raw(tx), [device.id], drops_registrations=drops_registrations
            )
            await announce(raised)
        return issued

    @classmethod
    async def remove(cls, viewer: Viewer, device_id: UUID) -> UUID:
        """Refuse the device from now on and let it go from every switch, then for good.

        Raises NOT_FOUND, FORBIDDEN for customers.
        """
        _refuse_customers(viewer)
        async with transaction() as tx:
            device = await cls._held_for(viewer, device_id)
            device.removed_at = datetime.now(UTC)
            await device._keep(viewer, "sipDeviceDelete", ())
            await announce(await raise_generation(raw(tx), [device.id]))
        return device.id

    @classmethod
    async def _held_for(cls, viewer: Viewer, device_id: UUID) -> Self:
        device = await cls.filter(id=device_id, removed_at=None).first()
        if device is None:
            raise _not_found()
        try:
            await Account.held_for(viewer, device.account_id, "id")
        except DomainError as unseen:
            raise _not_found() if unseen.code is ErrorCode.NOT_FOUND else unseen from unseen
        held = await cls.filter(id=device_id, removed_at=None).select_for_update().first()
        if held is None:
            raise _not_found()
        return held

    async def _keep(
        self, viewer: Viewer, action: str, changes: tuple[audit.FieldChange, ...] | list[Any]
    ) -> None:
        self.version += 1
        await self.save()
        await self._tell(viewer, action, changes)
