"""Mass creation: the plan, what it breaks, and how many numbers its range still has.

Numbers are dealt by `account_number.DealingOrder`; which ones are taken is told by the database.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from models.rules.account_number import NUMBER_LONGEST, NumberRange
from models.rules.draft import CustomerDraft
from models.rules.enums import AccountType, BillingSchedule, CliPool
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import Policy
from models.rules.money import ZERO, amount_violation
from models.rules.violation import Violation

COUNT_MOST = 1_000_000  # accounts of one job
SAMPLE_NUMBERS = 5  # enough to see the shape
CAPACITY_SHOWN_MOST = 2_147_483_647  # GraphQL's Int has 32 bits
TOO_MUCH = Violation(
    ErrorCode.OUT_OF_RANGE, "is more than the ledger can hold for so many accounts"
)
_DIGITS = re.compile(r"[0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCreatePlan:
    """What somebody asks for: so many accounts alike, numbered in one range."""

    count: int
    prefix: str
    number_length: int
    type: AccountType
    currency_code: str
    country_code: str
    time_zone: str
    rate_group_id: UUID | None
    reseller_id: UUID | None = None
    generate_pin: bool = False
    valid_days: int | None = None
    create_sip_devices: bool = False
    opening_balance: Decimal | None = None
    credit_limit: Decimal | None = None
    cli_pool: CliPool = CliPool.DISABLED
    non_cli_rate_group_id: UUID | None = None
    billing_schedule: BillingSchedule = BillingSchedule.MONTHLY
    billing_day: int | None = None

    @property
    def opening_balances(self) -> Decimal:
        """What the opening balances of all accounts come to."""
        return (self.opening_balance or ZERO) * self.count

    @property
    def range(self) -> NumberRange:
        """Every number that the accounts can get."""
        return NumberRange(self.prefix, self.number_length)

    def problems(self, policy: Policy, unavailable: int = 0) -> tuple[Problem, ...]:
        """List every rule that the plan breaks; those of the numbers come first.

        unavailable: numbers of the range that are taken by accounts, living or deleted, or reserved
        by unfinished jobs.
        """
        numbers = _number_problems(self, unavailable)
        bulk = replace(policy, email_required=False)
        found = self.draft("0").problems(bulk)
        if not found and amount_violation(self.opening_balances):
            found = (TOO_MUCH.at("openingBalance"),)
        # A plan names the country by itself, not inside an address.
        return numbers + tuple(replace(problem, field=problem.field[-1:]) for problem in found)

    def draft(self, number: str) -> CustomerDraft:
        """Describe one account of the plan; it has no e-mail address and no password."""
        return CustomerDraft(
            type=self.type,
            number=number,
            first_name=number,
            reseller_id=self.reseller_id,
            generate_pin=self.generate_pin,
            create_sip_device=self.create_sip_devices,
            currency_code=self.currency_code,
            country_code=self.country_code,
            time_zone=self.time_zone,
            credit_limit=self.credit_limit,
            opening_balance=self.opening_balance,
            rate_group_id=self.rate_group_id,
            non_cli_rate_group_id=self.non_cli_rate_group_id,
            cli_pool=self.cli_pool,
            billing_schedule=self.billing_schedule,
            billing_day=self.billing_day,
            valid_days=self.valid_days,
        )


def capacity(number_range: NumberRange, unavailable: int) -> int:
    """Count the numbers that a range still has; never below 0."""
    return max(0, number_range.size - unavailable)


def _number_problems(plan: MassCreatePlan, unavailable: int) -> tuple[Problem, ...]:
    shape = _shape_problems(plan)
    if shape:
        return shape
    free = capacity(plan.range, unavailable)
    if free == 0:
        words = f"has no number of {plan.number_length} digits left"
        return (Violation(ErrorCode.NUMBER_SPACE_EXHAUSTED, words).at("prefix"),)
    if plan.count > free:
        words = f"is more than the {free} numbers that are left in this range"
        return (Violation(ErrorCode.NUMBER_SPACE_EXHAUSTED, words).at("count"),)
    return ()


def _shape_problems(plan: MassCreatePlan) -> tuple[Problem, ...]:
    found: list[Problem] = []
    if not _DIGITS.fullmatch(plan.prefix):
        found.append(Violation(ErrorCode.INVALID, "must be digits only").at("prefix"))
    if plan.number_length <= len(plan.prefix):
        words = f"must be greater than the length of the prefix, which is {len(plan.prefix)}"
        found.append(Violation(ErrorCode.OUT_OF_RANGE, words).at("numberLength"))
    elif plan.number_length > NUMBER_LONGEST:
        words = f"must be at most {NUMBER_LONGEST}"
        found.append(Violation(ErrorCode.OUT_OF_RANGE, words).at("numberLength"))
    if not 1 <= plan.count <= COUNT_MOST:
        words = f"must be from 1 to {COUNT_MOST}"
        found.append(Violation(ErrorCode.OUT_OF_RANGE, words).at("count"))
    return tuple(found)
