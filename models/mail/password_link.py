"""Links by which somebody sets a password: 256 random bits, kept as a hash, single use.

Who redeems one and sets the password is no business of this file.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.accounts.credentials import PasswordReset
from models.database import raw, transaction
from models.ids import new_id
from models.rules.errors import DomainError, ErrorCode

TOKEN_BYTES = 32

# Whoever deletes an account waits for everybody who holds its key.
_HOLD_LIVING = """
SELECT status NOT IN ('DELETING', 'DELETED') FROM accounts WHERE id = $1 FOR KEY SHARE
"""


async def issue_link(
    lifetime: timedelta, *, account_id: UUID | None = None, staff_id: UUID | None = None
) -> str:
    """The token of a new link for one account or one member of staff, in the open transaction.

    Raises WRONG_STATE for an account that is deleted or going: the link would outlive it.
    """
    if account_id is not None:
        async with transaction() as tx:
            if not await raw(tx).fetchval(_HOLD_LIVING, account_id):
                raise DomainError(ErrorCode.WRONG_STATE, (), "The account is deleted.")
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
