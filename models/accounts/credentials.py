"""How people prove themselves: the login names in use, portal passwords and PINs.

Passwords are Argon2id, PINs a keyed hash; neither can be read back.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns


class Login(Model):
    """One e-mail address in use, by an account or a staff member: no index spans both tables."""

    email_folded = columns.folded(primary_key=True)
    account = columns.belongs_to("Account", "logins", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "logins", null=True)
    staff_id: UUID | None

    class Meta:
        table = "logins"


class PortalCredential(Model):
    """The portal password of an account; absent until one was set (accounts made in bulk)."""

    account = columns.one_of("Account", "portal_credential")
    account_id: UUID
    password_hash = fields.TextField()  # Argon2id, encoded
    changed_at = fields.DatetimeField()

    class Meta:
        table = "portal_credentials"


class Pin(Model):
    """The calling-card PIN of an account as a keyed hash: found by value, never read back."""

    account = columns.one_of("Account", "pin")
    account_id: UUID
    keyed_hash = fields.CharField(max_length=64, unique=True)  # HMAC-SHA-256, hex
    changed_at = fields.DatetimeField()

    class Meta:
        table = "pins"


class PasswordReset(Model):
    """A mailed link to set a password: single use, thirty minutes."""

    id = fields.UUIDField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the token, hex
    account = columns.belongs_to("Account", "password_resets", null=True)
    account_id: UUID | None
    staff = columns.belongs_to("Staff", "password_resets", null=True)
    staff_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "password_resets"
