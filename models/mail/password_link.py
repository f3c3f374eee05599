"""Links by which somebody sets a password: 256 random bits, kept as a hash, single use.

Who redeems one and sets the password is no business of this file.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.accounts.credentials import PasswordReset
from models.ids import new_id

TOKEN_BYTES = 32


async def issue_link(
    lifetime: timedelta, *, account_id: UUID | None = None, staff_id: UUID | None = None
) -> str:
    """The token of a new link for one account or one member of staff."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await PasswordReset.create(
        id=new_id(),
        token_hash=token_hash(token),
        account_id=account_id,
        staff_id=staff_id,
        expires_at=datetime.now(UTC) + lifetime,
    )
    return token


def token_hash(token: str) -> str:
    """What a token is found by: SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()
