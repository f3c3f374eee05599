"""Customer lists as files: headers, rows, formula safety, and the way there and back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.csv_text import (
    LINE_LONGEST,
    csv_line,
    detected_separator,
    protected,
    records,
    report_line,
    unprotected,
)
from models.rules.customer_columns import (
    DEFAULT_EXPORT,
    EXPORT_TITLES,
    KNOWN_COLUMNS,
    ORIGINAL_COLUMNS,
    Layout,
    recognised,
)
from models.rules.customer_csv import ImportDefaults, ImportedRow, RowReader
from models.rules.draft import CustomerDraft
from models.rules.enums import (
    AccountType,
    BillingSchedule,
    CustomerExportColumn,
    CustomerImportField,
    ImportMatch,
)
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.field_rules import Policy
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
POLICY = Policy("EUR")
GOLD = uuid4()
DEFAULTS = ImportDefaults(type=AccountType.PREPAID, rate_group_id=uuid4())


def row_of(defaults: ImportDefaults = DEFAULTS, /, **cells: str) -> ImportedRow:
    """Read one row whose columns are named like import fields."""
    header = tuple(cells)
    columns = tuple(CustomerImportField[name] for name in header)
    return RowReader(Layout(header, columns), defaults, {"gold": GOLD}).read(list(cells.values()))


GOOD = {"NUMBER": "1001", "EMAIL": "ann@example.com"}


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


def test_a_row_takes_defaults_and_its_cells_win() -> None:
    defaults = replace(
        DEFAULTS,
        time_zone="Europe/Berlin",
        country_code="DE",
        concurrent_calls=7,
        generate_pin=True,
        valid_days=30,
    )
    draft = row_of(
        defaults,
        **GOOD,
        TIME_ZONE="Asia/Tokyo",
        COUNTRY_CODE=" ",
        CONCURRENT_CALLS="",
        BALANCE=" 12.50 ",
        RATE_GROUP="GOLD",
        CURRENCY_CODE="eur",
        FIRST_NAME=" Ann ",
    ).draft()
    assert draft == CustomerDraft(
        type=AccountType.PREPAID,
        number="1001",
        email="ann@example.com",
        first_name="Ann",
        time_zone="Asia/Tokyo",
        country_code="DE",
        concurrent_calls=7,
        generate_pin=True,
        valid_days=30,
        opening_balance=Decimal("12.50"),
        rate_group_id=GOLD,
        currency_code="EUR",
    )


def test_an_empty_first_name_is_the_number() -> None:
    row = row_of(**GOOD, FIRST_NAME="")
    assert row.draft().first_name == "1001"
    assert row.reasons_against_opening(POLICY) == ()


def test_passwords_are_taken_as_they_are() -> None:
    assert row_of(**GOOD, PASSWORD=" two  spaces each ").draft().password == " two  spaces each "


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, []),
        ({"NUMBER": ""}, [("REQUIRED", "number"), ("REQUIRED", "firstName")]),
        ({"EMAIL": ""}, [("REQUIRED", "email")]),
        ({"BALANCE": "abc"}, [("INVALID", "openingBalance")]),
        ({"BALANCE": "1,50"}, [("INVALID", "openingBalance")]),
        ({"BALANCE": "-1"}, [("OUT_OF_RANGE", "openingBalance")]),
        ({"CREDIT_LIMIT": "5"}, [("NOT_ALLOWED_FOR_PREPAID", "creditLimit")]),
        ({"CREDIT_LIMIT": "0.00"}, []),
        ({"TYPE": "Postpaid", "BALANCE": "5"}, [("NOT_ALLOWED_FOR_POSTPAID", "openingBalance")]),
        ({"TYPE": "postpaid", "BALANCE": "0", "CREDIT_LIMIT": "50"}, []),
        ({"TYPE": "barter"}, [("INVALID", "type")]),
        ({"CONCURRENT_CALLS": "many"}, [("INVALID", "concurrentCalls")]),
        ({"CONCURRENT_CALLS": "-1"}, [("OUT_OF_RANGE", "concurrentCalls")]),
        ({"CALLS_PER_SECOND": "1.5"}, [("INVALID", "callsPerSecond")]),
        ({"RATE_GROUP": "silver"}, [("RATE_GROUP_NOT_OWNED", "rateGroupId")]),
        ({"BILLING_SCHEDULE": "daily"}, []),
        ({"BILLING_SCHEDULE": "daily", "BILLING_DAY": "3"}, [("INVALID", "billingDay")]),
        ({"BILLING_SCHEDULE": "weekly"}, [("INVALID", "billingSchedule")]),
        ({"SIP_USERNAME": "a b"}, [("INVALID", "sipUsername")]),
        ({"SIP_PASSWORD": "short"}, [("PASSWORD_TOO_WEAK", "sipPassword")]),
        ({"PHONE": "'+49 30 1234"}, []),
        ({"FIRST_NAME": "\x00"}, [("INVALID", "firstName")]),
        (
            {"NUMBER": "a b", "EMAIL": "x", "PHONE": "y", "BALANCE": "z", "PASSWORD": "short"},
            [
                ("INVALID", "openingBalance"),
                ("INVALID", "number"),
                ("INVALID", "email"),
                ("INVALID", "phone"),
                ("PASSWORD_TOO_WEAK", "password"),
            ],
        ),
    ],
)
def test_a_row_gives_all_its_reasons(
    cells: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    defaults = replace(DEFAULTS, billing_day=5)
    assert (
        complaints(row_of(defaults, **(GOOD | cells)).reasons_against_opening(POLICY)) == expected
    )


def test_a_short_row_has_empty_cells_and_a_long_one_is_refused() -> None:
    reader = RowReader(recognised(["Account", "Email", "Phone"]), DEFAULTS, {})
    assert reader.read(["1001", "a@example.com"]).reasons_against_opening(POLICY) == ()
    assert reader.read(["1001", "a@example.com", "", ""]).reasons_against_opening(POLICY) == ()
    assert complaints(reader.read(["1", "a@example.com", "", "x"]).problems) == [("INVALID", "")]


NOW = CustomerDraft(
    type=AccountType.PREPAID,
    number="1001",
    email="ann@example.com",
    first_name="Ann",
    last_name="Lee",
    currency_code="EUR",
    billing_day=1,
)


def test_an_update_applies_what_cells_say_and_nothing_else() -> None:
    row = row_of(
        replace(DEFAULTS, time_zone="Asia/Tokyo", concurrent_calls=9),
        NUMBER="1001",
        LAST_NAME="Smith",
        FIRST_NAME="",
        BALANCE="500",
        PASSWORD="new",
        SIP_USERNAME="x",
        TYPE="prepaid",
        CURRENCY_CODE="EUR",
    )
    assert row.reasons_against_change(NOW, POLICY) == ()
    assert row.patch(NOW).applied_to(NOW) == replace(NOW, last_name="Smith")


def test_a_row_that_repeats_what_is_there_changes_nothing() -> None:
    row = row_of(NUMBER="1001", FIRST_NAME="Ann", EMAIL="ann@example.com")
    assert row.patch(NOW).applied_to(NOW) == NOW


def test_an_update_can_not_move_what_is_fixed() -> None:
    row = row_of(NUMBER="2002", TYPE="POSTPAID", CURRENCY_CODE="USD", EMAIL="no", BILLING_DAY="x")
    assert sorted(complaints(row.reasons_against_change(NOW, POLICY))) == [
        ("IMMUTABLE", "currencyCode"),
        ("IMMUTABLE", "number"),
        ("IMMUTABLE", "type"),
        ("INVALID", "billingDay"),
        ("INVALID", "email"),
    ]


def test_defaults_are_judged_before_any_row() -> None:
    bad = replace(DEFAULTS, time_zone="Mars", country_code="ZZ", rate_group_id=None)
    assert complaints(bad.problems(POLICY)) == [
        ("INVALID", "defaults.countryCode"),
        ("INVALID", "defaults.timeZone"),
        ("REQUIRED", "defaults.rateGroupId"),
    ]
    assert DEFAULTS.problems(POLICY) == ()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5.25", "-5.25"),
        ("+49301234", "+49301234"),
        ("Ann", "Ann"),
        ("a=b", "a=b"),
        ("'Ann", "'Ann"),
        ("'=1", "''=1"),
        ("", ""),
    ],
)
def test_no_spreadsheet_runs_an_exported_cell(text: str, cell: str) -> None:
    assert protected(text) == cell
    assert unprotected(cell) == text


def test_telephone_numbers_stay_bare_in_their_columns() -> None:
    assert protected("+49 (30) 12-34", phone=True) == "+49 (30) 12-34"
    assert protected("=49", phone=True) == "'=49"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(TEXTS | st.text("'=+-@\t\r1. ", max_size=8))
def test_protection_can_be_taken_off_again(text: str) -> None:
    assert unprotected(protected(text)) == text
    assert not protected(text).startswith(("=", "@", "\t", "\r"))


@given(
    rows=st.lists(st.lists(TEXTS, min_size=2, max_size=5), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t"),
    piece=st.integers(1, 9),
)
@settings(max_examples=200)
def test_what_is_written_reads_back_however_the_stream_is_cut(
    rows: list[list[str]], separator: str, piece: int
) -> None:
    text = "".join(csv_line(row, separator) for row in rows)
    chunks = [text[begin : begin + piece] for begin in range(0, len(text), piece)]
    read = list(records(chunks, separator))
    assert [record.cells for record in read] == rows
    assert [record.row_number for record in read] == list(range(1, len(rows) + 1))


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9)


@given(
    first_name=NAMES | st.sampled_from(["=1+1", "'=x", "-5", "+a", "@b"]),
    company=NAMES,
    phone=st.from_regex(r"\+?[0-9][0-9 ()-]{0,20}[0-9]", fullmatch=True),
    balance=st.decimals(0, 10**9, places=2),
    calls=st.integers(0, 100_000),
    schedule=st.sampled_from([(BillingSchedule.DAILY, ""), (BillingSchedule.MONTHLY, "31")]),
)
@settings(max_examples=150)
def test_an_exported_customer_imports_as_it_was(
    *,
    first_name: str,
    company: str,
    phone: str,
    balance: Decimal,
    calls: int,
    schedule: tuple[BillingSchedule, str],
) -> None:
    shown = {
        "Account": "1001",
        "Email": "ann@example.com",
        "First Name": first_name,
        "Company": company,
        "Phone": phone,
        "Balance": str(balance),
        "CC": str(calls),
        "Type": "PREPAID",
        "Currency": "EUR",
        "Time Zone": "Europe/Berlin",
        "Billing Schedule": schedule[0].value,
        "Billing Day": schedule[1],
        "Status": "ACTIVE",
    }
    line = csv_line(protected(cell, phone=title == "Phone") for title, cell in shown.items())
    header, row = records([csv_line(shown), line], ",")
    read = RowReader(recognised(header.cells), DEFAULTS, {}).read(row.cells)
    assert read.reasons_against_opening(POLICY) == ()
    assert read.draft() == CustomerDraft(
        type=AccountType.PREPAID,
        number="1001",
        email="ann@example.com",
        first_name=first_name,
        company=company,
        phone=phone,
        opening_balance=balance,
        concurrent_calls=calls,
        currency_code="EUR",
        time_zone="Europe/Berlin",
        billing_schedule=schedule[0],
        billing_day=int(schedule[1]) if schedule[1] else None,
        rate_group_id=DEFAULTS.rate_group_id,
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r\n\r\n1,2", [(1, ["a", "b"]), (3, ["1", "2"])]),
        ("a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ('a,b\n"x\ny",2\n3,4\n', [(1, ["a", "b"]), (2, ["x\ny", "2"]), (3, ["3", "4"])]),
        ('a\n5" pipe\n', [(1, ["a"]), (2, ['5" pipe'])]),
        ("", []),
    ],
)
def test_rows_are_counted_as_a_spreadsheet_does(text: str, rows: list[Any]) -> None:
    assert [(record.row_number, record.cells) for record in records([text], ",")] == rows


def test_a_malformed_row_is_named_and_the_next_one_is_read() -> None:
    read = list(records(['a,b\n"x"y,2\n3,4\n'], ","))
    assert [(record.row_number, record.cells) for record in read] == [
        (1, ["a", "b"]),
        (2, []),
        (3, ["3", "4"]),
    ]
    assert read[1].problem is not None
    assert read[1].problem.message.startswith("The row can not be read")


def test_a_quote_that_never_closes_is_a_malformed_row() -> None:
    (header, broken) = records(['a,b\n"x,2\n3,4\n'], ",")
    assert header.problem is None
    assert broken.problem is not None


def test_a_line_without_end_is_refused_before_it_fills_memory() -> None:
    seen = 0

    def endless() -> Any:
        nonlocal seen
        while True:
            seen += 1000
            yield "x" * 1000

    with pytest.raises(DomainError, match="longer than") as caught:
        list(records(endless(), ","))
    assert caught.value.code is ErrorCode.UNSUPPORTED_FILE
    assert seen <= LINE_LONGEST + 1000


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("Account,Email", ","),
        ("Account;Email;Last, first", ";"),
        ("Account\tEmail", "\t"),
        ('"a,b,c";d', ";"),
        ("Account", ","),
    ],
)
def test_the_separator_is_told_by_the_header(header: str, separator: str) -> None:
    assert detected_separator(header) == separator


def test_a_report_line_is_the_row_with_outcome_and_reasons_and_no_secret() -> None:
    layout = recognised(["Account", "Email", "Password", "Note"])
    cells = ["1001", "x", "secret", "=1"]
    problems = (
        Problem(ErrorCode.INVALID, ("email",), "E-mail is odd."),
        Problem(ErrorCode.INVALID, (), "The row is odd."),
    )
    line = report_line(layout.without_secrets(cells), "REJECTED", problems)
    (record,) = records([line], ",")
    assert record.cells == [
        *("1001", "x", "", "'=1", "REJECTED"),
        "INVALID email: E-mail is odd.; INVALID row: The row is odd.",
    ]
    assert layout.without_secrets([*cells, "more"]) == ["1001", "x", "", "=1", "more"]
