"""Every rule of an account's fields, as a form, a file and a plan would break it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.rules.draft import CustomerDraft, OwnerDefaults, ResellerDraft
from models.rules.enums import AccountKind, AccountType, BillingSchedule, CliPool
from models.rules.errors import Problem
from models.rules.field_rules import Policy

POLICY = Policy(default_currency_code="EUR")
RATE_GROUP = uuid4()
ANN = CustomerDraft(
    type=AccountType.PREPAID,
    email="ann@example.com",
    first_name="Ann",
    rate_group_id=RATE_GROUP,
)
PAUL = replace(ANN, type=AccountType.POSTPAID)


def complaints(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(str(problem.code), ".".join(problem.field)) for problem in problems]


def test_the_least_a_customer_needs_is_enough() -> None:
    assert ANN.problems(POLICY) == ()


def test_a_full_form_is_accepted() -> None:
    full = replace(
        PAUL,
        number="A-1_b.c+",
        password="correct horse battery",
        pin="004711",
        last_name="Ångström",
        company="株式会社",
        phone="+49 (30) 901820",
        mobile="0170-1234567",
        notification_email="bills@example.co.uk",
        address_line1="1 High Street",
        address_line2="Flat 2",
        city="Köln",
        province="NRW",
        postal_code="50667",
        country_code="DE",
        time_zone="Europe/Berlin",
        currency_code="KWD",
        credit_limit=Decimal("12.345"),
        concurrent_calls=100_000,
        calls_per_second=0,
        cli_pool=CliPool.NON_CLI_RATE_GROUP_UNLESS_DID,
        non_cli_rate_group_id=uuid4(),
        billing_day=31,
        tax_number="DE123456789",
        tax_ids=(uuid4(),),
        invoice_note="Thank you.\nPay soon.",
        reference="crm/77",
        valid_days=36_500,
        sip_username="ann.phone",
        sip_password="another long secret",
    )
    assert full.problems(POLICY) == ()


@pytest.mark.parametrize(
    ("field", "value", "code", "path"),
    [
        ("number", "a b", "INVALID", "number"),
        ("number", "ä1", "INVALID", "number"),
        ("number", "1" * 21, "TOO_LONG", "number"),
        ("number", "12\x00", "INVALID", "number"),
        ("number", "123\n", "INVALID", "number"),
        ("password", "Aa1aaaa", "PASSWORD_TOO_WEAK", "password"),
        ("password", "ann@example.com", "PASSWORD_TOO_WEAK", "password"),
        ("pin", "12345", "OUT_OF_RANGE", "pin"),
        ("pin", "1234567890123", "TOO_LONG", "pin"),
        ("pin", "12a456", "INVALID", "pin"),
        ("email", "", "REQUIRED", "email"),
        ("email", None, "REQUIRED", "email"),
        ("email", "ann.example.com", "INVALID", "email"),
        ("email", "a" * 250 + "@b.cd", "TOO_LONG", "email"),
        ("first_name", "", "REQUIRED", "firstName"),
        ("first_name", " \t", "REQUIRED", "firstName"),
        ("first_name", "x" * 81, "TOO_LONG", "firstName"),
        ("first_name", "Ann\x00", "INVALID", "firstName"),
        ("first_name", "Ann\nLee", "INVALID", "firstName"),
        ("first_name", "Ann\u202egpj", "INVALID", "firstName"),
        ("last_name", "x" * 81, "TOO_LONG", "lastName"),
        ("last_name", "\ud800", "INVALID", "lastName"),
        ("company", "x" * 10_000, "TOO_LONG", "company"),
        ("phone", "call me", "INVALID", "phone"),
        ("phone", "+", "INVALID", "phone"),
        ("phone", "1" * 33, "TOO_LONG", "phone"),
        ("mobile", "٤٥٦", "INVALID", "mobile"),
        ("notification_email", "@", "INVALID", "notificationEmail"),
        ("address_line1", "x" * 121, "TOO_LONG", "address.line1"),
        ("address_line2", "a\x7fb", "INVALID", "address.line2"),
        ("city", "x" * 81, "TOO_LONG", "address.city"),
        ("province", "x" * 81, "TOO_LONG", "address.province"),
        ("postal_code", "x" * 17, "TOO_LONG", "address.postalCode"),
        ("country_code", "de", "INVALID", "address.countryCode"),
        ("country_code", "XX", "INVALID", "address.countryCode"),
        ("time_zone", "Berlin", "INVALID", "timeZone"),
        ("time_zone", "../etc/passwd", "INVALID", "timeZone"),
        ("currency_code", "EURO", "INVALID", "currencyCode"),
        ("currency_code", "XXX", "INVALID", "currencyCode"),
        ("concurrent_calls", -1, "OUT_OF_RANGE", "concurrentCalls"),
        ("concurrent_calls", 100_001, "OUT_OF_RANGE", "concurrentCalls"),
        ("calls_per_second", 100_001, "OUT_OF_RANGE", "callsPerSecond"),
        ("rate_group_id", None, "REQUIRED", "rateGroupId"),
        ("cli_pool", CliPool.NON_CLI_RATE_GROUP_UNLESS_DID, "REQUIRED", "nonCliRateGroupId"),
        ("credit_limit", Decimal(1), "NOT_ALLOWED_FOR_PREPAID", "creditLimit"),
        ("opening_balance", Decimal(-1), "OUT_OF_RANGE", "openingBalance"),
        ("opening_balance", Decimal("NaN"), "INVALID", "openingBalance"),
        ("opening_balance", Decimal("Infinity"), "INVALID", "openingBalance"),
        ("opening_balance", Decimal(10) ** 14, "INVALID", "openingBalance"),
        ("opening_balance", Decimal("1.001"), "INVALID", "openingBalance"),
        ("billing_day", 0, "OUT_OF_RANGE", "billingDay"),
        ("billing_day", 32, "OUT_OF_RANGE", "billingDay"),
        ("tax_number", "x" * 33, "TOO_LONG", "taxNumber"),
        ("tax_ids", tuple(UUID(int=n) for n in range(51)), "LIMIT_EXCEEDED", "taxIds"),
        ("invoice_note", "x" * 501, "TOO_LONG", "invoiceNote"),
        ("invoice_note", "a\x07b", "INVALID", "invoiceNote"),
        ("reference", "x" * 121, "TOO_LONG", "reference"),
        ("valid_days", 0, "OUT_OF_RANGE", "validDays"),
        ("valid_days", 36_501, "OUT_OF_RANGE", "validDays"),
        ("sip_username", "ab", "INVALID", "sipUsername"),
        ("sip_username", "ann phone", "INVALID", "sipUsername"),
        ("sip_password", "short", "PASSWORD_TOO_WEAK", "sipPassword"),
    ],
)
def test_one_broken_rule_is_one_problem(field: str, value: Any, code: str, path: str) -> None:
    draft = replace(ANN, **{field: value})
    assert complaints(draft.problems(POLICY)) == [(code, path)]


def test_all_broken_rules_are_listed_at_once_in_the_order_of_the_form() -> None:
    draft = CustomerDraft(
        type=AccountType.POSTPAID,
        number="!",
        password="short",
        email="nobody",
        phone="x",
        opening_balance=Decimal(5),
    )
    assert complaints(draft.problems(POLICY)) == [
        ("INVALID", "number"),
        ("INVALID", "email"),
        ("REQUIRED", "firstName"),
        ("INVALID", "phone"),
        ("REQUIRED", "rateGroupId"),
        ("PASSWORD_TOO_WEAK", "password"),
        ("NOT_ALLOWED_FOR_POSTPAID", "openingBalance"),
    ]


def test_a_problem_reads_as_a_sentence() -> None:
    draft = replace(ANN, postal_code="x" * 20, non_cli_rate_group_id=None)
    assert [problem.message for problem in draft.problems(POLICY)] == [
        "Postal code must be at most 16 characters long; it has 20."
    ]


def test_no_problem_repeats_a_password() -> None:
    draft = replace(ANN, password="hunter2", sip_password="hunter3")
    assert all("hunter" not in problem.message for problem in draft.problems(POLICY))


@pytest.mark.parametrize("amount", [Decimal(0), Decimal("0.00"), None])
def test_a_zero_where_the_type_allows_no_amount_says_nothing(amount: Decimal | None) -> None:
    assert replace(ANN, credit_limit=amount).problems(POLICY) == ()
    assert replace(PAUL, opening_balance=amount).problems(POLICY) == ()


def test_decimals_are_counted_in_the_currency_of_the_draft_or_else_of_its_owner() -> None:
    cents = replace(ANN, opening_balance=Decimal("9.99"))
    assert cents.problems(POLICY) == ()
    assert complaints(replace(cents, currency_code="JPY").problems(POLICY)) == [
        ("INVALID", "openingBalance")
    ]
    assert complaints(cents.problems(Policy(default_currency_code="JPY"))) == [
        ("INVALID", "openingBalance")
    ]
    assert replace(cents, opening_balance=Decimal("9.9900")).problems(POLICY) == ()


def test_a_pin_is_given_or_generated_but_not_both() -> None:
    draft = replace(ANN, pin="123456", generate_pin=True)
    assert complaints(draft.problems(POLICY)) == [("INVALID", "pin")]


def test_the_configured_minimum_of_a_pin_counts() -> None:
    assert replace(ANN, pin="1234").problems(Policy("EUR", pin_minimum_length=4)) == ()


def test_a_daily_schedule_has_no_day() -> None:
    daily = replace(PAUL, billing_schedule=BillingSchedule.DAILY)
    assert daily.problems(POLICY) == ()
    assert complaints(replace(daily, billing_day=1).problems(POLICY)) == [("INVALID", "billingDay")]


def test_a_provider_belongs_to_no_reseller() -> None:
    provider = replace(ANN, kind=AccountKind.PROVIDER)
    assert provider.problems(POLICY) == ()
    assert complaints(replace(provider, reseller_id=uuid4()).problems(POLICY)) == [
        ("INVALID", "resellerId")
    ]


def test_accounts_made_in_bulk_need_no_address() -> None:
    assert replace(ANN, email=None).problems(Policy("EUR", email_required=False)) == ()


def test_a_sip_secret_is_neither_the_number_nor_the_portal_password() -> None:
    number = "4471234567890"
    same = replace(ANN, number=number, sip_password=number)
    assert complaints(same.problems(POLICY)) == [("PASSWORD_TOO_WEAK", "sipPassword")]
    shared = replace(ANN, password="violet harbour 9", sip_password="violet harbour 9")
    assert complaints(shared.problems(POLICY)) == [("PASSWORD_TOO_WEAK", "sipPassword")]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, False),
        ({"create_sip_device": True}, True),
        ({"sip_username": "ann"}, True),
        ({"sip_password": "a long secret indeed"}, True),
    ],
)
def test_a_device_comes_when_it_is_asked_for_or_described(
    changes: dict[str, Any], wanted: bool
) -> None:
    assert replace(ANN, **changes).wants_sip_device is wanted


def test_a_reseller_is_judged_by_the_same_rules() -> None:
    reseller = ResellerDraft(email="r@example.com", first_name="Rae", realm="sip.rae.example")
    assert reseller.problems(POLICY) == ()
    broken = replace(reseller, realm="Rae!", credit_limit=Decimal(3), phone="none")
    assert complaints(broken.problems(POLICY)) == [
        ("INVALID", "phone"),
        ("INVALID", "realm"),
        ("NOT_ALLOWED_FOR_PREPAID", "creditLimit"),
    ]


def test_a_draft_settles_by_its_owner_and_the_moment() -> None:
    late = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
    settled = replace(ANN, last_name="").settled(OwnerDefaults("Asia/Tokyo", "JPY", "JP"), late)
    assert (settled.time_zone, settled.currency_code, settled.country_code) == (
        "Asia/Tokyo",
        "JPY",
        "JP",
    )
    assert settled.last_name is None
    assert settled.billing_day == 1
    assert (settled.credit_limit, settled.opening_balance) == (Decimal(0), Decimal(0))


def test_settling_keeps_what_was_said() -> None:
    said = replace(ANN, time_zone="America/Lima", currency_code="PEN", billing_day=15)
    settled = said.settled(OwnerDefaults("UTC", "USD", "US"), datetime(2026, 5, 5, tzinfo=UTC))
    assert (settled.time_zone, settled.currency_code, settled.billing_day) == (
        "America/Lima",
        "PEN",
        15,
    )


def test_a_daily_schedule_settles_without_a_day() -> None:
    daily = replace(PAUL, billing_schedule=BillingSchedule.DAILY)
    moment = datetime(2026, 5, 5, tzinfo=UTC)
    assert daily.settled(OwnerDefaults("UTC", "USD"), moment).billing_day is None
