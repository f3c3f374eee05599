"""Erasing a person: what a deleted account still says of whoever held it is blanked, for good.

Documents keep what they were issued with, and calls the numbers that were called: the law wants
both. The trail keeps who was meant by id, and which fields changed, without their values.
"""

from __future__ import annotations

from typing import Final

from models.access import audit
from models.accounts.account import Account
from models.accounts.account_row import CUSTOMERS
from models.accounts.changing import Asked
from models.database import raw, transaction
from models.rules.enums import AccountStatus
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.field_rules import NOTE_LONGEST
from models.rules.text import note_violation, required_violation

ERASED: Final = "erased"  # what the trail says where a person stood
# Optional fields of the profile that say something of a person; the number names the account.
PERSONAL: Final = (
    *("last_name", "company", "email", "notification_email", "phone", "mobile"),
    *("address_line1", "address_line2", "city", "province", "postal_code"),
    *("tax_number", "invoice_note", "reference"),
)
# The same and the first name as the trail calls them.
_SPOKEN: Final = [
    *("firstName", "lastName", "company", "email", "notificationEmail", "phone", "mobile"),
    *("address.line1", "address.line2", "address.city", "address.province"),
    *("address.postalCode", "taxNumber", "invoiceNote", "reference"),
]

_ERASE = f"""
UPDATE accounts SET first_name = '', {", ".join(f"{name} = NULL" for name in PERSONAL)},
                    version = version + 1, updated_at = now()
 WHERE id = $1
"""  # noqa: S608 - names of ours
_MAILS = """
UPDATE emails SET to_address = '', subject = '', body = '', facts = '{}', last_error = NULL,
                  status = CASE status WHEN 'QUEUED' THEN 'SUPPRESSED' ELSE status END
 WHERE account_id = $1
"""
# Which accounts a file made is kept, not what stood in its lines.
_LINES = "UPDATE job_rows SET cells = NULL WHERE account_id = $1 AND cells IS NOT NULL"
_TRAIL = """
UPDATE audit_events e
   SET changes = (SELECT coalesce(jsonb_agg(
           CASE WHEN c ->> 'field' = ANY ($2)
                THEN c || jsonb_build_object('old', $3::text, 'new', $3::text) ELSE c END
           ORDER BY place), '[]')
         FROM jsonb_array_elements(e.changes) WITH ORDINALITY AS told (c, place))
 WHERE e.account_id = $1
"""


async def erase_customer(asked: Asked, reason: str) -> None:
    """Blank what is personal of a deleted customer or provider; repeats without harm.

    Raises NOT_FOUND, WRONG_STATE for an account that is not deleted, and Refused for a reason
    that is absent or too long; the reason stands in the trail.
    """
    violation = required_violation(reason) or note_violation(reason, NOTE_LONGEST)
    if violation:
        raise Refused((violation.at("reason"),))
    async with transaction() as tx:
        account = await Account.found_for(asked.viewer, asked.account_id, "id", CUSTOMERS)
        if account.status is not AccountStatus.DELETED:
            sentence = "Only a deleted account can be erased."
            raise DomainError(ErrorCode.WRONG_STATE, ("id",), sentence)
        for statement in (_ERASE, _MAILS, _LINES):
            await raw(tx).execute(statement, account.id)
        await raw(tx).execute(_TRAIL, account.id, _SPOKEN, ERASED)
        change = audit.FieldChange("reason", None, reason)
        await audit.record(asked.viewer, "customerErase", account.subject, [change])
