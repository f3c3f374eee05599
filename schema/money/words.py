"""The closed lists of words of money and calls, each word with its sentence."""

from models.rules.enums import (
    CallType,
    EmailStatus,
    InvoiceKind,
    InvoiceStatus,
    PostingKind,
    RefillMethod,
)
from schema.enumerations import enumeration

enumeration(
    InvoiceKind,
    description="What kind of document it is.",
    values={
        "INVOICE": "Of a postpaid account, for one period.",
        "RECEIPT": "Of a prepaid account, for one movement of money.",
        "CREDIT_NOTE": "Gives back a part of an invoice.",
    },
)
enumeration(
    InvoiceStatus,
    description="How far a document is settled.",
    values={
        "OPEN": "Nothing of it is paid.",
        "PARTIALLY_PAID": "A part of it is paid.",
        "PAID": "Nothing is outstanding.",
        "VOID": "Taken back before it was paid; its number stays used.",
    },
)
enumeration(
    PostingKind,
    description="Why money moved.",
    values={
        "OPENING_BALANCE": "Funds an account began with.",
        "REFILL": "Money came in.",
        "POST_CHARGE": "A charge made by hand.",
        "CALL": "A call.",
        "DID": "Setup or a month of a number.",
        "PRODUCT": "Setup or a period of a product.",
        "TAX": "Tax on a charge or document.",
        "INVOICE_PAYMENT": "A payment of an invoice.",
        "CREDIT_NOTE": "A credit note.",
        "ADJUSTMENT": "A balance set by hand.",
        "ROUNDING": "What rounding a document left over.",
        "PROVIDER_COST": "What a carrier is owed for a call.",
        "RETURN": "What was left, returned to its owner.",
        "WRITE_OFF": "What was owed, given up.",
        "REVERSAL": "Another posting, taken back.",
    },
)
enumeration(
    RefillMethod,
    description="How money came in.",
    values={
        "MANUAL": "By hand.",
        "OPENING_BALANCE": "With the opening of the account.",
        "GATEWAY": "Through a payment gateway.",
    },
)
enumeration(
    CallType,
    description="How the switch classified a call.",
    values={
        "STANDARD": "An ordinary call.",
        "DID": "To a number of the house.",
        "FREE": "Covered by free minutes, or free of charge.",
        "LOCAL": "Between devices of the house.",
        "CALLING_CARD": "By calling card.",
    },
)
enumeration(
    EmailStatus,
    description="What became of a mail.",
    values={
        "QUEUED": "Waiting to be sent.",
        "SENT": "Taken by the mail server.",
        "FAILED": "Given up; `lastError` says why.",
        "SUPPRESSED": "Not sent: nobody to write to, or mails are not wanted.",
    },
)
