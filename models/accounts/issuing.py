"""Secrets of an account, issued anew by whoever looks after it: portal password and PIN.

Owners change their own password elsewhere (`models.access.portal_password`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from models.access import audit
from models.access.principal import principal_by_id
from models.access.session import Session
from models.accounts import passwords
from models.accounts.account import Account
from models.accounts.changing import Asked
from models.accounts.credentials import PasswordReset, Pin, PortalCredential
from models.accounts.opening_draws import drawn_pin
from models.accounts.opening_facts import pin_hash
from models.constraints import understood
from models.database import raw, transaction
from models.ids import new_id
from models.mail.email import Email, MailDraft
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.password import random_password
from models.rules.pin import pin_violation
from models.settings import HouseSettings


async def issue_password(asked: Asked) -> tuple[str, str]:
    """Give an account a new generated password; answers its number and the password, once.

    Its sessions and open links end. Raises NOT_FOUND, WRONG_STATE.
    """
    password = random_password()
    password_hash = await passwords.hashed(password)
    async with transaction():
        account = await Account.held_for(asked.viewer, asked.account_id, "id")
        now = datetime.now(UTC)
        await PortalCredential.update_or_create(
            {"password_hash": password_hash, "changed_at": now}, account_id=account.id
        )
        await Session.end_others(await principal_by_id(account.id), None)
        await PasswordReset.filter(account_id=account.id, used_at=None).update(used_at=now)
        await _note(asked, "customerPasswordIssue", account, "password")
        return account.number, password


async def mail_password_link(asked: Asked) -> None:
    """Mail an account a link to set its password.

    Raises NOT_FOUND, WRONG_STATE, and REQUIRED at `id` for an account without an address.
    """
    async with transaction():
        account = await Account.held_for(asked.viewer, asked.account_id, "id")
        if account.email is None:
            sentence = "This account has no e-mail address to send a link to."
            raise DomainError(ErrorCode.REQUIRED, ("id",), sentence)
        draft = MailDraft.to_account(account, "set_password", f"set_password/{new_id()}")
        await Email.queue([draft])
        await audit.record(asked.viewer, "customerPasswordIssue", account.subject)


async def reset_pin(asked: Asked, chosen: str | None) -> tuple[str, str]:
    """Give an account the chosen PIN or a drawn one; answers its number and the PIN, once.

    Raises NOT_FOUND, WRONG_STATE, and Refused for a PIN that is malformed or TAKEN.
    """
    settings = await HouseSettings.get(id=1)
    violation = pin_violation(chosen, settings.pin_minimum_length) if chosen else None
    if violation:
        raise Refused((violation.at("pin"),))
    with understood():
        async with transaction() as tx:
            account = await Account.held_for(asked.viewer, asked.account_id, "id")
            pin = chosen or await drawn_pin(raw(tx), settings.pin_minimum_length)
            await Pin.update_or_create(
                {"keyed_hash": pin_hash(pin), "changed_at": datetime.now(UTC)},
                account_id=account.id,
            )
            await _note(asked, "customerPinReset", account, "pin")
            return account.number, pin


async def _note(asked: Asked, action: str, account: Account, field: str) -> None:
    changed = audit.FieldChange(field, None, audit.CHANGED)
    await audit.record(asked.viewer, action, account.subject, [changed])
