"""SIP devices: what a customer's phone signs in as.

Credentials stand in schema `kamailio` as hashes; the secret itself is shown once and never kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
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
from models.panel.entry import held_entry, missing
from models.panel.sip_columns import columns_of, columns_of_draft, told
from models.panel.sip_follow import Raised, announce, raise_generation
from models.panel.sip_issue import DeviceRequest, IssuedDevice, issue_many, write_hashes
from models.rules.enums import AccountKind, ActiveStatus, ProvisioningState, Role
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch
from models.rules.sip_secret import random_secret
from models.rules.viewer import Viewer
from models.rules.violation import Violation


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
    # The generation that switches were last asked to follow because it may not act any more.
    off_generation = fields.BigIntField(default=0)
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

        Raises NOT_FOUND, WRONG_STATE at `customerId`, FORBIDDEN for customers, Refused.
        """
        _refuse_customers(viewer)
        async with transaction() as tx:
            account = await Account.held_for(viewer, draft.account_id)
            if problems := [*_of_a_caller(account), *await _problems(draft, account)]:
                raise Refused(tuple(problems))
            (issued,) = await issue_many(raw(tx), [await _request(tx, account, draft)])
            device = await cls.get(id=issued.device_id)
            device.update_from_dict(columns_of_draft(draft))
            device.provisioning = ProvisioningState.PENDING
            await device.save()
            await _tell(device, viewer, "sipDeviceCreate", audit.differences({}, told(device)))
            await Email.queue([_created_mail(account, issued)])
            await announce([Raised(device.id, device.generation)])
        return issued

    @classmethod
    async def change(
        cls, viewer: Viewer, device_id: UUID, expected_version: int | None, patch: SipDevicePatch
    ) -> None:
        """Change anything but the login; nothing is written when nothing differs.

        Raises NOT_FOUND, VERSION_CONFLICT, FORBIDDEN for customers, Refused.
        """
        _refuse_customers(viewer)
        async with transaction() as tx:
            device = await cls._held_for(viewer, device_id)
            versions.expect(device.version, expected_version)
            if problems := patch.problems():
                raise Refused(problems)
            before = told(device)
            device.update_from_dict(columns_of(patch.changes))
            if changes := audit.differences(before, told(device)):
                await _keep(device, viewer, "sipDeviceUpdate", changes)
                await announce(await raise_generation(raw(tx), [device.id]))

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
            await _keep(device, viewer, "sipDeviceSecretRotate", changes)
            raised = await raise_generation(
                raw(tx), [device.id], drops_registrations=drops_registrations
            )
            await announce(raised)
        return issued

    @classmethod
    async def remove(cls, viewer: Viewer, device_id: UUID) -> None:
        """Refuse the device from now on, and let it go for good once every switch has.

        Raises NOT_FOUND, FORBIDDEN for customers.
        """
        _refuse_customers(viewer)
        async with transaction() as tx:
            device = await cls._held_for(viewer, device_id)
            device.removed_at = datetime.now(UTC)
            await _keep(device, viewer, "sipDeviceDelete", ())
            await announce(await raise_generation(raw(tx), [device.id]))

    @classmethod
    async def _held_for(cls, viewer: Viewer, device_id: UUID) -> Self:
        device, _ = await held_entry(viewer, cls, device_id)
        if device.removed_at is not None:
            raise missing("id")
        return device


async def _keep(
    device: SipDevice, viewer: Viewer, action: str, changes: Iterable[audit.FieldChange]
) -> None:
    device.version += 1
    await device.save()
    await _tell(device, viewer, action, changes)


async def _tell(
    device: SipDevice, viewer: Viewer, action: str, changes: Iterable[audit.FieldChange]
) -> None:
    label = f"{device.username}@{device.realm}"
    subject = audit.Subject("SipDevice", device.id, label, device.account_id)
    await audit.record(viewer, action, subject, changes)


def _refuse_customers(viewer: Viewer) -> None:
    if viewer.role is Role.CUSTOMER:
        sentence = "Of a device, customers change the secret alone."
        raise DomainError(ErrorCode.FORBIDDEN, (), sentence)


def _of_a_caller(account: Account) -> Iterable[Problem]:
    if account.kind is AccountKind.RESELLER:
        sentence = "Devices belong to customers and providers."
        yield Problem(ErrorCode.INVALID, ("customerId",), sentence)


async def _problems(draft: SipDeviceDraft, account: Account) -> Iterable[Problem]:
    found = list(draft.problems(account.number))
    if draft.password is not None and ("password",) not in {problem.field for problem in found}:
        credential = await PortalCredential.filter(account_id=account.id).first()
        # A phone's secret lies in a configuration file: it must not open the portal too.
        if credential and await passwords.matches(credential.password_hash, draft.password):
            words = "must differ from the portal password"
            found.append(Violation(ErrorCode.PASSWORD_TOO_WEAK, words).at("password"))
    return found


async def _request(tx: BaseDBAsyncClient, account: Account, draft: SipDeviceDraft) -> DeviceRequest:
    owners = await owners_of(raw(tx), [account.reseller_id])
    return DeviceRequest(
        account_id=account.id,
        account_number=account.number,
        realm=owners[account.reseller_id].realm,
        mail_to=account.email,
        username=draft.username,
        secret=draft.password,
        username_field="username",
    )


def _created_mail(account: Account, device: IssuedDevice) -> MailDraft:
    about = {"device": {"username": device.username, "realm": device.realm}}
    event = f"sip_device_created/{device.device_id}"
    return MailDraft.to_account(account, "sip_device_created", event, about)
