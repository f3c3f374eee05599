"""Customer lists as files: headers, rows, formula safety, and the way there and back."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.csv_text import (
    csv_line,
    protected,
    records,
    report_line,
)
from models.rules.customer_columns import (
    Layout,
    recognised,
)
from models.rules.customer_csv import ImportDefaults, ImportedRow, RowReader, against_change
from models.rules.draft import CustomerDraft
from models.rules.enums import (
    AccountType,
    BillingSchedule,
    CustomerImportField,
)
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import Policy
from tests.unit.test_draft import complaints

POLICY = Policy("EUR")
GOLD = uuid4()
DEFAULTS = ImportDefaults(type=AccountType.PREPAID, rate_group_id=uuid4())


def row_of(defaults: ImportDefaults = DEFAULTS, /, **cells: str) -> ImportedRow:
    """Read one row whose columns are named like import fields."""
    header = tuple(cells)
    columns = tuple(CustomerImportField[name] for name in header)
    return RowReader(Layout(header, columns), defaults, {"gold": GOLD}).read(list(cells.values()))


GOOD = {"NUMBER": "1001", "EMAIL": "ann@example.com"}


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
    assert row.patch(NOW).problems(NOW, POLICY) == ()
    assert row.patch(NOW).applied_to(NOW) == replace(NOW, last_name="Smith")


def test_a_row_that_repeats_what_is_there_changes_nothing() -> None:
    row = row_of(NUMBER="1001", FIRST_NAME="Ann", EMAIL="ann@example.com")
    assert row.patch(NOW).applied_to(NOW) == NOW


def test_an_update_can_not_move_what_is_fixed() -> None:
    fixed = {"NUMBER": "2002", "TYPE": "POSTPAID", "CURRENCY_CODE": "USD", "BALANCE": "none"}
    row = row_of(**fixed, EMAIL="no", BILLING_DAY="x")
    problems = against_change(row.problems) + row.patch(NOW).problems(NOW, POLICY)
    assert sorted(complaints(problems)) == [
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


def test_a_report_line_is_the_row_with_outcome_and_reasons() -> None:
    problems = (
        Problem(ErrorCode.INVALID, ("email",), "E-mail is odd."),
        Problem(ErrorCode.INVALID, (), "The row is odd."),
    )
    line = report_line(["1001", "x", "", "=1"], "REJECTED", problems)
    (record,) = records([line], ",")
    assert record.cells == [
        *("1001", "x", "", "'=1", "REJECTED"),
        "INVALID email: E-mail is odd.; INVALID row: The row is odd.",
    ]
