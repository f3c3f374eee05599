"""What somebody wants an account to be, and every rule that this breaks.

A form, a line of a file and a mass-creation plan all become a draft; whether its number is free,
its rate group is the owner's or its currency active is told by the database.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID

from models.rules.enums import AccountKind, AccountType, BillingSchedule, CliPool
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import FIELD_RULES, FieldRule, Policy
from models.rules.money import ZERO, minor_digits_violation
from models.rules.password import password_violation
from models.rules.sip_secret import secret_violation
from models.rules.time_zones import zone_named
from models.rules.violation import Violation

# The options that need a second rate group, for calls whose CLI is none of the account's own.
NON_CLI_POOLS = frozenset(
    {
        CliPool.NON_CLI_RATE_GROUP_UNLESS_DID,
        CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID,
        CliPool.NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID,
    }
)


@dataclass(frozen=True, slots=True)
class OwnerDefaults:
    """What an account takes from its owner where its draft is silent."""

    time_zone: str
    currency_code: str
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDraft:
    """What customers, providers and resellers have in common; values stand as they were typed.

    An empty text means the same as an absent one.
    """

    REQUIRED: ClassVar[frozenset[str]] = frozenset({"first_name", "type"})

    type: AccountType
    number: str | None = None  # absent: drawn
    password: str | None = None  # absent: generated
    email: str | None = None
    first_name: str = ""
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    time_zone: str | None = None
    currency_code: str | None = None
    credit_limit: Decimal | None = None
    opening_balance: Decimal | None = None
    rate_group_id: UUID | None = None
    billing_schedule: BillingSchedule = BillingSchedule.MONTHLY
    billing_day: int | None = None

    def problems(self, policy: Policy) -> tuple[Problem, ...]:
        """List every rule that the draft breaks, in the order of the form."""
        required = self.REQUIRED | {"email"} if policy.email_required else self.REQUIRED
        rules = _FIELDS[type(self)]
        found = list(_field_problems(self, rules, required, policy))
        for joint in JOINT_RULES:
            found.extend(joint.problems(self, policy))
        return tuple(found)

    def settled(self, owner: OwnerDefaults, now: datetime) -> Self:
        """Fill in what the owner and the moment decide; for drafts without problems.

        Empty texts become absent, amounts become 0, the billing day of a monthly schedule becomes
        the day of `now` in the account's zone.
        """
        zone = self.time_zone or owner.time_zone
        monthly = self.billing_schedule is BillingSchedule.MONTHLY
        today = now.astimezone(zone_named(zone)).day
        decided: dict[str, Any] = {
            "time_zone": zone,
            "currency_code": self.currency_code or owner.currency_code,
            "country_code": self.country_code or owner.country_code,
            "credit_limit": self.credit_limit or ZERO,
            "opening_balance": self.opening_balance or ZERO,
            "billing_day": (self.billing_day or today) if monthly else None,
        }
        blank = {name: None for name in _OPTIONAL_TEXTS[type(self)] if not _has(self, name)}
        return replace(self, **(blank | decided))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDraft(AccountDraft):
    """A customer, or a provider, which is also billed as a customer."""

    REQUIRED: ClassVar[frozenset[str]] = frozenset({"first_name", "type", "rate_group_id"})

    kind: AccountKind = AccountKind.CUSTOMER
    reseller_id: UUID | None = None  # absent: the administration
    generate_pin: bool = False
    pin: str | None = None
    mobile: str | None = None
    notification_email: str | None = None
    create_sip_device: bool = False
    sip_username: str | None = None  # absent: the number
    sip_password: str | None = None  # absent: generated
    concurrent_calls: int = 0
    calls_per_second: int = 0
    localization_id: UUID | None = None
    allows_local_calls: bool = True
    notifications_enabled: bool = True
    payment_gateway_allowed: bool = True
    records_calls: bool = False
    manages_own_ips: bool = False
    non_cli_rate_group_id: UUID | None = None
    cli_pool: CliPool = CliPool.DISABLED
    tax_number: str | None = None
    tax_ids: tuple[UUID, ...] | None = None  # absent: the owner's default taxes
    invoices_zero_amounts: bool = False
    invoice_note: str | None = None
    reference: str | None = None
    valid_days: int | None = None

    @property
    def wants_sip_device(self) -> bool:
        """Whether a device comes with the account: asked for, or described."""
        return self.create_sip_device or bool(self.sip_username or self.sip_password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResellerDraft(AccountDraft):
    """A reseller; whether its permissions may be granted is `permissions.grant_problems`."""

    type: AccountType = AccountType.PREPAID
    parent_id: UUID | None = None  # absent: below the administration
    permissions: tuple[str, ...] | None = None  # absent: the role's defaults
    realm: str | None = None


@dataclass(frozen=True, slots=True)
class JointRule:
    """A rule over several fields; an update checks it when it touches one that the rule reads."""

    reads: frozenset[str]
    problems: Callable[[Any, Policy], Iterable[Problem]]


def _provider_has_no_owner(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if (
        isinstance(draft, CustomerDraft)
        and draft.kind is AccountKind.PROVIDER
        and draft.reseller_id
    ):
        words = "must be absent: providers belong to the administration"
        yield Violation(ErrorCode.INVALID, words).at("resellerId")


def _password_is_strong(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if draft.password:
        violation = password_violation(draft.password, (draft.number, draft.email))
        if violation:
            yield violation.at("password")


def _pin_is_given_or_asked_for(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if isinstance(draft, CustomerDraft) and draft.pin and draft.generate_pin:
        yield Violation(ErrorCode.INVALID, "can not be both given and generated").at("pin")


def _sip_secret_is_strong(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if isinstance(draft, CustomerDraft) and draft.sip_password:
        known = (draft.sip_username, draft.number, draft.password)
        violation = secret_violation(draft.sip_password, known)
        if violation:
            yield violation.at("sipPassword")


def _amounts_fit_the_currency(draft: AccountDraft, policy: Policy) -> Iterator[Problem]:
    currency = draft.currency_code or policy.default_currency_code
    for field, amount in _amounts(draft):
        violation = minor_digits_violation(amount, currency)
        if violation:
            yield violation.at(field)


def _amounts_fit_the_type(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    prepaid = draft.type is AccountType.PREPAID
    if prepaid and draft.credit_limit:
        words = "is for postpaid accounts only"
        yield Violation(ErrorCode.NOT_ALLOWED_FOR_PREPAID, words).at("creditLimit")
    if not prepaid and draft.opening_balance:
        words = "is for prepaid accounts only"
        yield Violation(ErrorCode.NOT_ALLOWED_FOR_POSTPAID, words).at("openingBalance")


def _pool_has_its_rate_group(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if (
        isinstance(draft, CustomerDraft)
        and draft.cli_pool in NON_CLI_POOLS
        and draft.non_cli_rate_group_id is None
    ):
        words = f"is required with the CLI pool {draft.cli_pool}"
        yield Violation(ErrorCode.REQUIRED, words).at("nonCliRateGroupId")


def _day_fits_the_schedule(draft: AccountDraft, _policy: Policy) -> Iterator[Problem]:
    if draft.billing_schedule is BillingSchedule.DAILY and draft.billing_day is not None:
        words = "must be absent with a daily schedule"
        yield Violation(ErrorCode.INVALID, words).at("billingDay")


JOINT_RULES: tuple[JointRule, ...] = (
    JointRule(frozenset({"reseller_id", "kind"}), _provider_has_no_owner),
    JointRule(frozenset({"password"}), _password_is_strong),
    JointRule(frozenset({"pin"}), _pin_is_given_or_asked_for),
    JointRule(frozenset({"sip_password"}), _sip_secret_is_strong),
    JointRule(frozenset({"credit_limit", "opening_balance"}), _amounts_fit_the_currency),
    JointRule(frozenset({"credit_limit", "opening_balance"}), _amounts_fit_the_type),
    JointRule(frozenset({"cli_pool", "non_cli_rate_group_id"}), _pool_has_its_rate_group),
    JointRule(frozenset({"billing_schedule", "billing_day"}), _day_fits_the_schedule),
)


def _amounts(draft: AccountDraft) -> Iterator[tuple[str, Decimal]]:
    if draft.credit_limit is not None:
        yield "creditLimit", draft.credit_limit
    if draft.opening_balance is not None:
        yield "openingBalance", draft.opening_balance


def _field_problems(
    draft: AccountDraft,
    rules: tuple[tuple[str, FieldRule], ...],
    required: frozenset[str],
    policy: Policy,
) -> Iterator[Problem]:
    for name, rule in rules:
        if not _has(draft, name):
            if name in required:
                yield rule.missing()
        elif problem := rule.problem(getattr(draft, name), policy):
            yield problem


def _has(draft: AccountDraft, name: str) -> bool:
    value = getattr(draft, name)
    return value is not None and value != ""


_NAMES: dict[type[AccountDraft], frozenset[str]] = {
    kind: frozenset(field.name for field in fields(kind)) for kind in (CustomerDraft, ResellerDraft)
}
_FIELDS: dict[type[AccountDraft], tuple[tuple[str, FieldRule], ...]] = {
    kind: tuple((name, rule) for name, rule in FIELD_RULES.items() if name in names)
    for kind, names in _NAMES.items()
}
_OPTIONAL_TEXTS: dict[type[AccountDraft], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.type == str | None) for kind in _NAMES
}
