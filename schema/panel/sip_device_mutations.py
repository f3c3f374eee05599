"""Making, changing, renewing and removing SIP devices through the API."""

from typing import Any
from uuid import UUID

import strawberry

from models.panel.sip_device import SipDevice as SipDeviceRow
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import ActiveStatus, SecretReason
from models.rules.sip_device import SipDeviceDraft, SipDevicePatch, VoicemailDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.panel.sip_device import SipDevice
from schema.payloads import IssuedSecret, Payload
from schema.reads import loaded
from schema.scalars import EmailAddress, IpNetwork

_CODECS = "In order of preference, of PCMU PCMA G722 G729 OPUS GSM ILBC SPEEX."
_NETWORKS = "Networks it may sign in from; none: from anywhere."
_MAX_CALLS = "Calls at a time of this device; 0: unlimited, absent: as the customer."


@strawberry.input(description="A voice mailbox, as a whole.")
class VoicemailInput:
    """The PIN is drawn by the house."""

    enabled: bool = required("Whether callers can leave a message.")
    mail_to: EmailAddress | None = optional("Where new messages are mailed; absent: nowhere.")
    attach_file: bool | None = optional("Whether the mail carries the message.", default=True)
    keep_local: bool | None = optional(
        "Whether a mailed message stays in the mailbox.", default=True
    )
    mail_all: bool | None = optional("Whether every message is mailed.", default=False)

    def to_draft(self) -> VoicemailDraft:
        """What the rules judge."""
        return VoicemailDraft(**drafted(self))


@strawberry.input(description="A new device.")
class SipDeviceCreateInput:
    """Requirement heading: SIP Devices."""

    idempotency_key: str | None = idempotency_key()
    customer_id: strawberry.ID = required("The customer or provider that gets it.")
    username: str | None = optional(
        "3 to 64 letters, digits and . _ -; absent: the account number, or ten random digits."
    )
    password: str | None = optional("Its own secret of 12 characters or more; absent: generated.")
    status: ActiveStatus | None = optional("Whether it may be used.", ActiveStatus.ACTIVE)
    caller_id_name: str | None = optional("The name its calls present.")
    caller_id_number: str | None = optional("The number its calls present.")
    codecs: list[str] | None = optional(_CODECS)
    call_waiting: bool | None = optional(
        "Whether a second call rings during a first.", default=True
    )
    max_calls: int | None = optional(_MAX_CALLS)
    allowed_networks: list[IpNetwork] | None = optional(_NETWORKS)
    voicemail: VoicemailInput | None = optional("Its mailbox; absent: on, mailed to the customer.")

    def to_draft(self) -> SipDeviceDraft:
        """What the rules judge."""
        words = _with_mailbox(drafted(self), self.voicemail)
        words["account_id"] = row_id("Customer", words.pop("customer_id"))
        return SipDeviceDraft(**words)


@strawberry.input(description="Changes to a device; what is absent stays.")
class SipDeviceUpdateInput:
    """The login itself never changes."""

    id: strawberry.ID = required("The device.")
    expected_version: int | None = optional("The version that the caller has seen.")
    status: ActiveStatus | None = optional("Whether it may be used.")
    caller_id_name: str | None = optional("The name its calls present; null clears.")
    caller_id_number: str | None = optional("The number its calls present; null clears.")
    codecs: list[str] | None = optional(_CODECS)
    call_waiting: bool | None = optional("Whether a second call rings during a first.")
    max_calls: int | None = optional(_MAX_CALLS)
    allowed_networks: list[IpNetwork] | None = optional(_NETWORKS)
    voicemail: VoicemailInput | None = optional("Its mailbox, as a whole.")

    def to_draft(self) -> SipDevicePatch:
        """What the rules judge."""
        return SipDevicePatch(_with_mailbox(patched(self), self.voicemail))


@strawberry.input(description="A device that gets a new secret.")
class SipDeviceSecretRotateInput:
    """The old secret fails at once."""

    idempotency_key: str | None = idempotency_key()
    id: strawberry.ID = required("The device.")
    drop_registrations: bool | None = optional(
        "Whether phones that signed in with the old secret are dropped at once.", default=True
    )


@strawberry.input(description="A device to remove.")
class SipDeviceDeleteInput:
    """It is refused at once, and gone when every switch has let it go."""

    id: strawberry.ID = required("The device.")


@strawberry.type(description="What sipDeviceCreate answers.")
class SipDeviceCreatePayload(Payload):
    """The device, and its secret this once."""

    sip_device_id: strawberry.Private[UUID | None] = None
    sip_device: SipDevice | None = loaded(description="The device.")
    sip_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its login and secret; shown here and never again."
    )


@strawberry.type(description="What sipDeviceUpdate answers.")
class SipDeviceUpdatePayload(Payload):
    """The device as it is now."""

    sip_device_id: strawberry.Private[UUID | None] = None
    sip_device: SipDevice | None = loaded(description="The device.")


@strawberry.type(description="What sipDeviceSecretRotate answers.")
class SipDeviceSecretRotatePayload(Payload):
    """The device, and its new secret this once."""

    sip_device_id: strawberry.Private[UUID | None] = None
    sip_device: SipDevice | None = loaded(description="The device.")
    sip_secret: IssuedSecret | None = strawberry.field(
        default=None, description="Its login and new secret; shown here and never again."
    )


@strawberry.type(description="What sipDeviceDelete answers.")
class SipDeviceDeletePayload(Payload):
    """The id of what goes."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The device that is gone, or going from the switches."
    )


@strawberry.type
class SipDeviceMutations:
    """Requirement heading: SIP Devices."""

    @mutation(permission="devices:write", description="Gives a customer another SIP device.")
    async def sip_device_create(
        self,
        info: Info,
        input: SipDeviceCreateInput,
    ) -> SipDeviceCreatePayload | None:
        """Make a device."""
        draft = input.to_draft()
        issued = await SipDeviceRow.issue(info.context.signed_in, draft)
        secret = _secret(issued, given=draft.password is not None)
        return SipDeviceCreatePayload(sip_device_id=issued.device_id, sip_secret=secret)

    @mutation(permission="devices:write", description="Changes a device; the switches follow.")
    async def sip_device_update(
        self,
        info: Info,
        input: SipDeviceUpdateInput,
    ) -> SipDeviceUpdatePayload | None:
        """Change a device."""
        device_id = row_id("SipDevice", input.id) or NOBODY
        expected, patch = said(input.expected_version), input.to_draft()
        await SipDeviceRow.change(info.context.signed_in, device_id, expected, patch)
        return SipDeviceUpdatePayload(sip_device_id=device_id)

    @mutation(permission="devices:write", description="Replaces a device's secret.")
    async def sip_device_secret_rotate(
        self,
        info: Info,
        input: SipDeviceSecretRotateInput,
    ) -> SipDeviceSecretRotatePayload | None:
        """Draw a new secret."""
        device_id = row_id("SipDevice", input.id) or NOBODY
        drops = input.drop_registrations is not False
        issued = await SipDeviceRow.rotate(
            info.context.signed_in, device_id, drops_registrations=drops
        )
        return SipDeviceSecretRotatePayload(
            sip_device_id=issued.device_id, sip_secret=_secret(issued)
        )

    @mutation(permission="devices:write", description="Removes a device from every switch.")
    async def sip_device_delete(
        self,
        info: Info,
        input: SipDeviceDeleteInput,
    ) -> SipDeviceDeletePayload | None:
        """Remove a device."""
        device_id = row_id("SipDevice", input.id) or NOBODY
        await SipDeviceRow.remove(info.context.signed_in, device_id)
        return SipDeviceDeletePayload(deleted_id=input.id)


def _with_mailbox(words: dict[str, Any], voicemail: VoicemailInput | None) -> dict[str, Any]:
    given = said(voicemail)
    return words | {"voicemail": given.to_draft()} if given else words


def _secret(issued: IssuedDevice, *, given: bool = False) -> IssuedSecret:
    if given:
        return IssuedSecret(username=issued.username, reason=SecretReason.GIVEN_BY_CALLER)
    return IssuedSecret(username=issued.username, secret=issued.secret)
