"""Erasing a person: what a deleted account still says of whoever held it is blanked, for good.

Documents keep what they were issued with, and calls the numbers that were called: the law wants
both. The trail keeps who was meant and who did it by id, and which fields changed, without values.
"""

from __future__ import annotations

from typing import Final

from models.access import audit
from models.accounts.account import Account
from models.accounts.account_row import CUSTOMERS
from models.accounts.changing import Asked
from models.accounts.deleting import NAME_LONGEST
from models.database import raw, transaction
from models.rules.enums import AccountKind, AccountStatus
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
# Values of the trail that are words and sums of the house; every other one may name somebody.
_OURS: Final = ["status", "amount", "creditLimit", "suspendedForDebtAt", "reason"]
# What is known by a name that the house gave it, or as a document is.
_NAMED_BY_US: Final = [
    *("Did", "Email", "EmailTemplate", "Invoice", "Localization", "RateGroup", "Tax"),
]
_RESELLER: Final = frozenset({AccountKind.RESELLER})

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
# Which accounts a file made is kept, not what stood in its lines: neither in the job that made
# this one, nor where the same line came to nothing. Lines keep their numbers when they are retried.
_LINES = """
WITH RECURSIVE line AS (
    SELECT job_id, row_no FROM job_rows WHERE account_id = $1
    UNION
    SELECT o.id, l.row_no
      FROM line l JOIN jobs j ON j.id = l.job_id
      JOIN jobs o ON o.id = j.retry_of_id OR o.retry_of_id = j.id
     WHERE j.kind = 'IMPORT'
)
UPDATE job_rows r SET cells = NULL
  FROM line l WHERE r.job_id = l.job_id AND r.row_no = l.row_no AND r.cells IS NOT NULL
"""
# Whoever ended an order may have said why in words of their own.
_ORDERS = "UPDATE product_orders SET termination_note = NULL WHERE account_id = $1"
# Late calls find their account by the id of the device.
_TOMBSTONES = "UPDATE retired_usernames SET username = '' WHERE account_id = $1"
# Documents that were issued keep the letterhead of their day.
_PROFILE = """
UPDATE issuer_profiles p
   SET name = a.number, address_line1 = NULL, address_line2 = NULL, city = NULL, province = NULL,
       postal_code = NULL, tax_number = NULL, note = NULL, logo_upload_id = NULL, reply_to = NULL,
       website = NULL, version = p.version + 1
  FROM accounts a WHERE a.id = $1 AND p.reseller_id = a.id
"""
_TRAIL = """
UPDATE audit_events e
   SET subject_label = CASE WHEN e.subject_id = $1 OR e.subject_type = ANY ($2)
                            THEN e.subject_label ELSE $4 END,
       changes = (SELECT coalesce(jsonb_agg(
           CASE WHEN c ->> 'field' = ANY ($3) THEN c
                ELSE c || jsonb_build_object('old', $4::text, 'new', $4::text) END
           ORDER BY place), '[]')
         FROM jsonb_array_elements(e.changes) WITH ORDINALITY AS told (c, place))
 WHERE e.account_id = $1
"""
_DEEDS = """
WITH done AS (UPDATE audit_events SET actor = $2 WHERE actor_id = $1 RETURNING subject_id)
UPDATE accounts SET deleted_by = $2
 WHERE deleted_by = $3 AND id IN (SELECT subject_id FROM done)
"""
_JOBS = "UPDATE jobs SET requested_by = $2 WHERE principal_id = $1"


async def erase_customer(asked: Asked, reason: str) -> None:
    """Blank what is personal of a deleted customer or provider; repeats without harm.

    Raises NOT_FOUND, WRONG_STATE for an account that is not deleted, and Refused for a reason
    that is absent or too long; the reason stands in the trail.
    """
    await _erase(asked, CUSTOMERS, "customerErase", reason)


async def erase_reseller(asked: Asked, reason: str) -> None:
    """The same of a deleted reseller, with its company profile. Raises as `erase_customer` does."""
    await _erase(asked, _RESELLER, "resellerErase", reason)


async def _erase(asked: Asked, kinds: frozenset[AccountKind], action: str, reason: str) -> None:
    violation = required_violation(reason) or note_violation(reason, NOTE_LONGEST)
    if violation:
        raise Refused((violation.at("reason"),))
    async with transaction() as tx:
        account = await Account.found_for(asked.viewer, asked.account_id, "id", kinds)
        if account.status is not AccountStatus.DELETED:
            sentence = "Only a deleted account can be erased."
            raise DomainError(ErrorCode.WRONG_STATE, ("id",), sentence)
        name = " ".join(filter(None, (account.first_name, account.last_name)))
        for statement in (_ERASE, _MAILS, _LINES, _ORDERS, _TOMBSTONES, _PROFILE):
            await raw(tx).execute(statement, account.id)
        await raw(tx).execute(_TRAIL, account.id, _NAMED_BY_US, _OURS, ERASED)
        await raw(tx).execute(_DEEDS, account.id, ERASED, name[:NAME_LONGEST])
        await raw(tx).execute(_JOBS, account.id, ERASED)
        change = audit.FieldChange("reason", None, reason)
        await audit.record(asked.viewer, action, account.subject, [change])
