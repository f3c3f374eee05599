"""The closed lists of words of jobs, each word with its sentence."""

from models.rules.enums import (
    CustomerImportField,
    DownloadKind,
    ImportMatch,
    JobKind,
    JobStatus,
    RowOutcome,
)
from schema.enumerations import enumeration

enumeration(
    JobKind,
    description="What a job does.",
    values={
        "MASS_CREATE": "Opens many accounts by one plan.",
        "IMPORT": "Opens or updates accounts from a file.",
        "EXPORT": "Writes the customers a filter matches into a file.",
        "BATCH_UPDATE": "Changes the customers a filter matches.",
        "DELETE": "Deletes accounts with everything that belongs to them.",
        "BILLING_RUN": "Invoices what is due.",
    },
)
enumeration(
    JobStatus,
    description="Where a job stands.",
    values={
        "QUEUED": "Accepted; begins as soon as a worker takes it.",
        "RUNNING": "Being carried out.",
        "PAUSED": "Stopped between two pieces until it is resumed.",
        "CANCELLING": "Ends after the pieces that are running.",
        "CANCELLED": "Ended before its end; what was committed stays.",
        "COMPLETED": "Done, every row with success.",
        "COMPLETED_WITH_ERRORS": "Done; some rows were rejected or failed, each with its reasons.",
        "FAILED": "Could not go on; `failure` says why.",
    },
)
enumeration(
    RowOutcome,
    description="What became of one row of a job.",
    values={
        "CREATED": "An account was opened.",
        "UPDATED": "An account was changed.",
        "UNCHANGED": "The account was as wanted already.",
        "REJECTED": "The row breaks rules; nothing was written for it.",
        "DELETED": "An account was deleted.",
        "FAILED": "Something unexpected happened; nothing was written for it.",
    },
)
enumeration(
    DownloadKind,
    description="What a file of a job holds.",
    values={
        "EXPORT": "The exported customers.",
        "REPORT": "The imported rows with outcome and reasons, ready to be mended.",
        "CREDENTIALS": "Secrets that were generated; can be fetched once.",
    },
)
enumeration(
    ImportMatch,
    description="Whether an import changes accounts that exist, and how it finds them.",
    values={
        "NONE": "It only opens new accounts.",
        "NUMBER": "By account number.",
        "REFERENCE": "By reference.",
    },
)
enumeration(
    CustomerImportField,
    description="What a column of an imported file means.",
    values={
        "NUMBER": "Account number.",
        "PASSWORD": "Portal password; each takes up to a tenth of a second to hash.",
        "FIRST_NAME": "First name; empty: the number.",
        "LAST_NAME": "Last name.",
        "COMPANY": "Company.",
        "PHONE": "Telephone number.",
        "MOBILE": "Mobile number.",
        "EMAIL": "Address, also a login.",
        "NOTIFICATION_EMAIL": "Where mails go instead.",
        "ADDRESS_LINE1": "Street and number.",
        "ADDRESS_LINE2": "Anything else before the city.",
        "CITY": "City.",
        "PROVINCE": "Province, state or region.",
        "POSTAL_CODE": "Postal code.",
        "COUNTRY_CODE": "Country, two letters.",
        "TIME_ZONE": "IANA time zone.",
        "CURRENCY_CODE": "Currency, three letters.",
        "TYPE": "Prepaid or postpaid.",
        "BALANCE": "Opening balance; prepaid only.",
        "CREDIT_LIMIT": "Credit limit; postpaid only.",
        "SIP_USERNAME": "User name of a SIP device.",
        "SIP_PASSWORD": "Secret of that device.",
        "CONCURRENT_CALLS": "Calls at a time; 0: unlimited.",
        "CALLS_PER_SECOND": "New calls in a second; 0: unlimited.",
        "RATE_GROUP": "Name of a rate group of the owner.",
        "BILLING_SCHEDULE": "Daily or monthly.",
        "BILLING_DAY": "Day 1-31 of a monthly schedule.",
        "TAX_NUMBER": "Tax number.",
        "REFERENCE": "Reference.",
        "VALID_DAYS": "Expires after so many days.",
    },
)
