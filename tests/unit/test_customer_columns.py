"""Headers of customer lists: which columns are recognised, mapped, or refused."""

import pytest

from models.rules.customer_columns import (
    DEFAULT_EXPORT,
    EXPORT_TITLES,
    KNOWN_COLUMNS,
    ORIGINAL_COLUMNS,
    recognised,
)
from models.rules.enums import CustomerExportColumn, CustomerImportField, ImportMatch
from models.rules.errors import Refused
from tests.unit.test_draft import complaints

ORIGINAL_HEADER = (
    "Account,Password,First Name,Last Name,Company,Phone,Mobile,Email,Address,City,Province/State,"
    "Zip/Postal Code,Balance,Credit Limit,SIP Username,SIP Password,Concurrent Calls,CPS"
)
EXPORT_HEADER = (
    "Account,First Name,Last Name,Company,Email,Phone,Type,Entity,Rate Group,Balance,Credit Limit,"
    "Currency,First Used,Expiry Date,CC,CPS,Localization,Reseller,Status,Created Date,Time Zone,"
    "Billing Schedule,Billing Day,Reference"
)


def test_the_original_header_is_recognised_whole() -> None:
    assert ",".join(ORIGINAL_COLUMNS) == ORIGINAL_HEADER
    layout = recognised(ORIGINAL_HEADER.split(","))
    assert layout.unmapped == ()
    assert layout.fields[:3] == (
        CustomerImportField.NUMBER,
        CustomerImportField.PASSWORD,
        CustomerImportField.FIRST_NAME,
    )


def test_our_own_header_is_recognised_and_tells_what_it_can_not_take() -> None:
    assert ",".join(EXPORT_TITLES[column] for column in DEFAULT_EXPORT) == EXPORT_HEADER
    assert recognised(EXPORT_HEADER.split(",")).unmapped == (
        *("Entity", "First Used", "Expiry Date", "Localization", "Reseller", "Status"),
        "Created Date",
    )


def test_every_export_column_has_a_title_and_every_title_a_meaning_or_none() -> None:
    assert set(EXPORT_TITLES) == set(CustomerExportColumn)
    assert set(KNOWN_COLUMNS.values()) <= set(CustomerImportField)


def test_a_mapping_counts_alone() -> None:
    mapping = {"Nr": CustomerImportField.NUMBER, "Mail": CustomerImportField.EMAIL}
    layout = recognised(["Nr", "Mail", "Phone"], ImportMatch.NONE, mapping)
    assert layout.unmapped == ("Phone",)


@pytest.mark.parametrize(
    ("header", "match", "mapping", "codes"),
    [
        (["Account"], ImportMatch.NONE, None, ["REQUIRED"]),
        (["account", "EMAIL"], ImportMatch.NONE, None, ["REQUIRED", "REQUIRED"]),
        ([], ImportMatch.NONE, None, ["REQUIRED", "REQUIRED"]),
        (["Account"], ImportMatch.NUMBER, None, []),
        (["Account", "Email"], ImportMatch.REFERENCE, None, ["REQUIRED"]),
        (["Account", "Email", "Email"], ImportMatch.NONE, None, ["INVALID"]),
        (["CC", "Concurrent Calls", "Account"], ImportMatch.NUMBER, None, ["INVALID"]),
        (["Note", "Note", "Account"], ImportMatch.NUMBER, None, []),
        (
            ["Account"],
            ImportMatch.NUMBER,
            {"Nr": CustomerImportField.NUMBER},
            ["NOT_FOUND", "REQUIRED"],
        ),
        (["Account"] * 1000, ImportMatch.NUMBER, None, ["UNSUPPORTED_FILE"]),
    ],
)
def test_headers_that_can_not_be_used_say_why(
    header: list[str],
    match: ImportMatch,
    mapping: dict[str, CustomerImportField] | None,
    codes: list[str],
) -> None:
    try:
        recognised(header, match, mapping)
        found: list[tuple[str, str]] = []
    except Refused as refused:
        found = complaints(refused.problems)
    assert found == [(code, "columns") for code in codes]
