"""Every closed list of words that the API speaks, each word with its sentence.

The lists themselves stand in `models.rules.enums`; importing this file makes them GraphQL enums.
"""

from models.rules.enums import (
    AccountStatus,
    AccountType,
    ActiveStatus,
    BillingSchedule,
    CallDirection,
    CliPool,
    CustomerKind,
    LocalizationTarget,
    OrderDirection,
    ProvisioningState,
    Role,
)
from schema.enumerations import enumeration

enumeration(
    AccountStatus,
    description="The life of an account.",
    values={
        "ACTIVE": "In use, unless it has expired or somebody above it is switched off.",
        "INACTIVE": "Switched off by a person; may not sign in, call or register.",
        "DELETING": "Being deleted: already off, its belongings are going.",
        "DELETED": "Gone; the row and its records are kept, its number and address are free.",
    },
)
enumeration(
    AccountType,
    description="How an account pays.",
    values={
        "PREPAID": "From funds paid in before; each movement makes a receipt.",
        "POSTPAID": "By invoice on the billing day, up to the credit limit.",
    },
)
enumeration(
    ActiveStatus,
    description="Whether something is in use.",
    values={"ACTIVE": "In use.", "INACTIVE": "Kept, but without effect."},
)
enumeration(
    BillingSchedule,
    description="When a postpaid account is invoiced.",
    values={
        "DAILY": "At each midnight of the account's zone.",
        "MONTHLY": "At midnight of the billing day; a shorter month bills on its last day.",
    },
)
enumeration(
    CallDirection,
    description="The direction of a call, seen from the account.",
    values={"OUTBOUND": "The account calls.", "INBOUND": "The account is called."},
)
enumeration(
    CliPool,
    description="What a call presents, and by which rate group it is rated, depending on its CLI.",
    values={
        "DISABLED": "Any CLI is presented as it is.",
        "DID_ELSE_RANDOM_DID": "The CLI if it is a DID of the account, else one of its DIDs.",
        "CALLER_ID_ELSE_RANDOM_CALLER_ID": (
            "The CLI if it is a caller ID of the account, else one of its caller IDs."
        ),
        "NON_CLI_RATE_GROUP_UNLESS_DID": (
            "A CLI that is no DID of the account is rated by the non-CLI rate group."
        ),
        "NON_CLI_RATE_GROUP_UNLESS_CALLER_ID": (
            "A CLI that is no caller ID of the account is rated by the non-CLI rate group."
        ),
        "NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID": (
            "A CLI that is neither of the two is rated by the non-CLI rate group."
        ),
        "REJECT_UNLESS_DID": "A CLI that is no DID of the account is rejected.",
        "REJECT_UNLESS_CALLER_ID": "A CLI that is no caller ID of the account is rejected.",
        "REJECT_UNLESS_DID_OR_CALLER_ID": "A CLI that is neither of the two is rejected.",
    },
)
enumeration(
    CustomerKind,
    description="What kind of customer an account is.",
    values={
        "CUSTOMER": "Somebody who places calls.",
        "PROVIDER": "A carrier that terminates calls, and is also billed as a customer.",
    },
)
enumeration(
    LocalizationTarget,
    description="Which number of a call a localization rule rewrites.",
    values={"CALLER_ID": "The caller's.", "NUMBER": "The one called."},
)
enumeration(
    OrderDirection,
    description="The direction of a sorted list.",
    values={"ASC": "Smallest, earliest or first in the alphabet first.", "DESC": "The reverse."},
)
enumeration(
    ProvisioningState,
    description="How far the switches have followed a SIP device.",
    values={
        "PENDING": "Not looked at yet.",
        "PUBLISHED": "The directory answers as its row stands; no switch is attached to say more.",
        "READY": "Every attached switch has applied the present state.",
        "DEGRADED": "Some attached switches have not applied it yet.",
        "MISMATCH": "A switch answers otherwise than it should.",
        "REVOKING": "Being dropped from the switches.",
        "REVOKED": "Dropped from every switch, verified.",
        "FAILED": "Needs a person; the nodes say why.",
    },
)
enumeration(
    Role,
    description="Who is asking.",
    values={
        "ADMIN": "An administrator: may do everything.",
        "SUB_ADMIN": "A person of the administration with chosen permissions.",
        "RESELLER": "A reseller: sees its subtree.",
        "CUSTOMER": "A customer or provider: sees itself.",
    },
)
