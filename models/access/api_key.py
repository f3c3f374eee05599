"""API keys: long-lived credentials of programs, with a subset of their owner's permissions.

Shown once, stored hashed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.access import audit
from models.access.principal import API_KEY_PREFIX, columns_of, is_held, token_hash
from models.database import raw, transaction
from models.ids import new_id
from models.rules.access_draft import ApiKeyDraft
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.viewer import Viewer

KEY_BYTES = 32
AT_ONCE = 100  # keys of one principal that are not revoked


class ApiKey(Model):
    """A key `tl_…` of a staff member or account."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=80)
    key_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the key, hex
    account = columns.belongs_to("Account", "api_keys", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "api_keys", null=True)
    staff_id: UUID | None
    permissions = ArrayField(element_type="text")
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    last_used_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "api_keys"

    @classmethod
    async def grant(cls, draft: ApiKeyDraft, viewer: Viewer) -> GrantedKey:
        """Make a key for a program of the viewer's own.

        Raises Refused; FORBIDDEN for a viewer that itself came with a key, which could else
        outlive its own expiry; LIMIT_EXCEEDED; WRONG_STATE for an account that was just deleted.
        """
        if viewer.session_id is None:
            sentence = "An API key can not make another one: sign in with a password."
            raise DomainError(ErrorCode.FORBIDDEN, (), sentence)
        if problems := draft.problems(viewer, datetime.now(UTC)):
            raise Refused(problems)
        key = API_KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
        async with transaction() as tx:
            # Two keys asked for at once count one after the other.
            lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
            await raw(tx).execute(lock, f"api keys of {viewer.principal_id}")
            await cls._refuse_too_many(viewer)
            if not await is_held(tx, viewer.principal_id):
                sentence = "This account is switched off or deleted."
                raise DomainError(ErrorCode.WRONG_STATE, (), sentence)
            made = await cls.create(
                id=new_id(),
                name=draft.name,
                key_hash=token_hash(key),
                permissions=sorted(set(draft.permissions)),
                expires_at=draft.expires_at,
                **columns_of(viewer),
            )
            granted = audit.FieldChange("permissions", None, set(draft.permissions))
            await audit.record(viewer, "apiKeyCreate", made.subject, [granted])
        return GrantedKey(made.id, key)

    @classmethod
    async def revoke(cls, key_id: UUID, viewer: Viewer) -> None:
        """End one of the viewer's own keys; a second time changes nothing.

        Raises NOT_FOUND, and FORBIDDEN for a key that would end keys.
        """
        if viewer.session_id is None:
            sentence = "An API key can not end one: sign in with a password."
            raise DomainError(ErrorCode.FORBIDDEN, (), sentence)
        async with transaction():
            own = cls.filter(id=key_id, **columns_of(viewer))
            key = await own.select_for_update().first()
            if key is None:
                raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such API key.")
            if key.revoked_at is not None:
                return
            key.revoked_at = datetime.now(UTC)
            await key.save(update_fields=["revoked_at"])
            revoked = audit.FieldChange("revokedAt", None, key.revoked_at)
            await audit.record(viewer, "apiKeyRevoke", key.subject, [revoked])

    @property
    def subject(self) -> audit.Subject:
        """What audit events about this key are about."""
        return audit.Subject("ApiKey", self.id, self.name, self.account_id)

    @classmethod
    async def _refuse_too_many(cls, viewer: Viewer) -> None:
        if await cls.filter(revoked_at=None, **columns_of(viewer)).count() >= AT_ONCE:
            sentence = f"There are {AT_ONCE} API keys already: revoke one first."
            raise DomainError(ErrorCode.LIMIT_EXCEEDED, (), sentence)


@dataclass(frozen=True, slots=True)
class GrantedKey:
    """A key just made; the secret is shown this once."""

    id: UUID
    secret: str = field(repr=False)
