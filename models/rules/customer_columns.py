"""The columns of customer lists: what files of the original and of our own export call them.

What a cell may hold is `customer_csv`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from models.rules.enums import CustomerExportColumn, CustomerImportField, ImportMatch
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.violation import Violation

TITLE_SHOWN = 80  # characters of a title that somebody made up
COLUMNS_MOST = 500  # of a file: all of ours many times over, and no million

# The names the original's sample file has, in its order; also the template we offer.
ORIGINAL_COLUMNS: MappingProxyType[str, CustomerImportField] = MappingProxyType(
    {
        "Account": CustomerImportField.NUMBER,
        "Password": CustomerImportField.PASSWORD,
        "First Name": CustomerImportField.FIRST_NAME,
        "Last Name": CustomerImportField.LAST_NAME,
        "Company": CustomerImportField.COMPANY,
        "Phone": CustomerImportField.PHONE,
        "Mobile": CustomerImportField.MOBILE,
        "Email": CustomerImportField.EMAIL,
        "Address": CustomerImportField.ADDRESS_LINE1,
        "City": CustomerImportField.CITY,
        "Province/State": CustomerImportField.PROVINCE,
        "Zip/Postal Code": CustomerImportField.POSTAL_CODE,
        "Balance": CustomerImportField.BALANCE,
        "Credit Limit": CustomerImportField.CREDIT_LIMIT,
        "SIP Username": CustomerImportField.SIP_USERNAME,
        "SIP Password": CustomerImportField.SIP_PASSWORD,
        "Concurrent Calls": CustomerImportField.CONCURRENT_CALLS,
        "CPS": CustomerImportField.CALLS_PER_SECOND,
    }
)

# Titles of our own export. MOBILE and TAX_NUMBER are written when asked for.
EXPORT_TITLES: MappingProxyType[CustomerExportColumn, str] = MappingProxyType(
    {
        CustomerExportColumn.ACCOUNT: "Account",
        CustomerExportColumn.FIRST_NAME: "First Name",
        CustomerExportColumn.LAST_NAME: "Last Name",
        CustomerExportColumn.COMPANY: "Company",
        CustomerExportColumn.EMAIL: "Email",
        CustomerExportColumn.PHONE: "Phone",
        CustomerExportColumn.MOBILE: "Mobile",
        CustomerExportColumn.TYPE: "Type",
        CustomerExportColumn.ENTITY: "Entity",
        CustomerExportColumn.RATE_GROUP: "Rate Group",
        CustomerExportColumn.BALANCE: "Balance",
        CustomerExportColumn.CREDIT_LIMIT: "Credit Limit",
        CustomerExportColumn.CURRENCY: "Currency",
        CustomerExportColumn.FIRST_USED: "First Used",
        CustomerExportColumn.EXPIRY_DATE: "Expiry Date",
        CustomerExportColumn.CC: "CC",
        CustomerExportColumn.CPS: "CPS",
        CustomerExportColumn.LOCALIZATION: "Localization",
        CustomerExportColumn.RESELLER: "Reseller",
        CustomerExportColumn.STATUS: "Status",
        CustomerExportColumn.CREATED_DATE: "Created Date",
        CustomerExportColumn.TIME_ZONE: "Time Zone",
        CustomerExportColumn.BILLING_SCHEDULE: "Billing Schedule",
        CustomerExportColumn.BILLING_DAY: "Billing Day",
        CustomerExportColumn.TAX_NUMBER: "Tax Number",
        CustomerExportColumn.REFERENCE: "Reference",
    }
)

# What an export holds when nobody chose.
DEFAULT_EXPORT: tuple[CustomerExportColumn, ...] = tuple(
    column
    for column in EXPORT_TITLES
    if column not in {CustomerExportColumn.MOBILE, CustomerExportColumn.TAX_NUMBER}
)
PHONE_COLUMNS = frozenset({CustomerExportColumn.PHONE, CustomerExportColumn.MOBILE})

# Titles that only our export has. What an account can not be given (when it was made or used, its
# status, its reseller) is not imported.
_OUR_COLUMNS = {
    "Type": CustomerImportField.TYPE,
    "Rate Group": CustomerImportField.RATE_GROUP,
    "Currency": CustomerImportField.CURRENCY_CODE,
    "CC": CustomerImportField.CONCURRENT_CALLS,
    "Time Zone": CustomerImportField.TIME_ZONE,
    "Billing Schedule": CustomerImportField.BILLING_SCHEDULE,
    "Billing Day": CustomerImportField.BILLING_DAY,
    "Tax Number": CustomerImportField.TAX_NUMBER,
    "Reference": CustomerImportField.REFERENCE,
}
KNOWN_COLUMNS: MappingProxyType[str, CustomerImportField] = MappingProxyType(
    ORIGINAL_COLUMNS | _OUR_COLUMNS
)

SECRET_FIELDS = frozenset({CustomerImportField.PASSWORD, CustomerImportField.SIP_PASSWORD})
# What a column that is not read may be called when it holds one all the same.
_SECRET_ENDS = ("password", "secret")
_SECRET_TITLES = frozenset({"pin", "sippin", "voicemailpin"})
_NEEDED: MappingProxyType[ImportMatch, frozenset[CustomerImportField]] = MappingProxyType(
    {
        ImportMatch.NONE: frozenset({CustomerImportField.NUMBER, CustomerImportField.EMAIL}),
        ImportMatch.NUMBER: frozenset({CustomerImportField.NUMBER}),
        ImportMatch.REFERENCE: frozenset({CustomerImportField.REFERENCE}),
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What each column of a file means; None is a column that is not read."""

    header: tuple[str, ...]
    fields: tuple[CustomerImportField | None, ...]

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Name the columns that are not read, in the order of the file."""
        columns = zip(self.header, self.fields, strict=True)
        return tuple(title for title, field in columns if field is None)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Positions of columns that are shown blank: passwords, and what is called so unread."""
        columns = enumerate(zip(self.header, self.fields, strict=True))
        return tuple(
            at
            for at, (title, field) in columns
            if field in SECRET_FIELDS or (field is None and _sounds_secret(title))
        )


def recognised(
    header: Sequence[str],
    match: ImportMatch = ImportMatch.NONE,
    mapping: Mapping[str, CustomerImportField] | None = None,
) -> Layout:
    """Tell what the columns of a file mean: by the mapping alone when there is one, else by name.

    Raises Refused at ("columns",) when a column that is needed is missing, a field has two columns,
    or the mapping names a column that the file does not have.
    """
    titles = tuple(title.strip() for title in header)
    known = KNOWN_COLUMNS if mapping is None else mapping
    layout = Layout(titles, tuple(known.get(title) for title in titles))
    problems = _layout_problems(layout, match, mapping or {})
    if problems:
        raise Refused(problems)
    return layout


def _sounds_secret(title: str) -> bool:
    """Whether people keep a secret under such a title, however it is spelled."""
    letters = "".join(filter(str.isalnum, title.casefold()))
    return letters.endswith(_SECRET_ENDS) or letters in _SECRET_TITLES


def _layout_problems(
    layout: Layout, match: ImportMatch, mapping: Mapping[str, CustomerImportField]
) -> tuple[Problem, ...]:
    if len(layout.header) > COLUMNS_MOST:
        return (_problem(ErrorCode.UNSUPPORTED_FILE, f"must be at most {COLUMNS_MOST}"),)
    mapped = [field for field in layout.fields if field is not None]
    absent = [
        _problem(ErrorCode.NOT_FOUND, f"name {title[:TITLE_SHOWN]!r}, which the file does not have")
        for title in mapping
        if title not in layout.header
    ]
    twice = [
        _problem(ErrorCode.INVALID, f"name {field} more than once")
        for field in sorted(set(mapped))
        if mapped.count(field) > 1
    ]
    missing = [
        _problem(ErrorCode.REQUIRED, f"must name {field}")
        for field in sorted(_NEEDED[match] - set(mapped))
    ]
    return tuple(absent + twice + missing)


def _problem(code: ErrorCode, words: str) -> Problem:
    return Violation(code, words).at("columns")
