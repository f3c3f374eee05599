"""What somebody wants to change on an account, and every rule that this breaks.

The rules are those of `draft`: a patch is judged by the draft that it would make of the account.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from models.rules.draft import JOINT_RULES, AccountDraft
from models.rules.enums import BillingSchedule, Role
from models.rules.errors import ErrorCode, Problem
from models.rules.field_rules import FIELD_RULES, FieldValue, Policy
from models.rules.permissions import CUSTOMER_EDITABLE_FIELDS
from models.rules.viewer import Viewer
from models.rules.violation import Violation, name_in_api

Draft = TypeVar("Draft", bound=AccountDraft)

NOT_CLEARABLE = Violation(ErrorCode.REQUIRED, "can not be cleared")
# What nobody changes on their own account, whatever they may do on others'.
NOT_ON_OWN_ACCOUNT = frozenset({"creditLimit", "rateGroupId", "nonCliRateGroupId", "permissions"})

_BILLING = frozenset({"billing_schedule", "billing_day"})
_CONTACT = frozenset(
    [
        "email",
        "first_name",
        "last_name",
        "company",
        "phone",
        "address_line1",
        "address_line2",
        "city",
        "province",
        "postal_code",
        "country_code",
    ]
)


@dataclass(frozen=True, slots=True)
class AccountPatch:
    """Three-state changes by attribute of the draft: absent keeps, None clears, a value sets.

    An empty text clears like None. Keys outside PATCHABLE answer IMMUTABLE.
    """

    PATCHABLE: ClassVar[frozenset[str]] = frozenset()

    changes: Mapping[str, FieldValue]

    def problems(self, current: AccountDraft, policy: Policy) -> tuple[Problem, ...]:
        """List every rule that the changes break on an account that is now as `current` says."""
        day = FIELD_RULES["billing_day"]
        judged = (self._problem(name, value, policy) for name, value in self.changes.items())
        found = [problem for problem in judged if problem]
        refused = {problem.field for problem in found}
        touched = {name for name in self.changes if FIELD_RULES[name].path not in refused}
        wanted = self.applied_to(current, touched)
        for joint in JOINT_RULES:
            if not touched.isdisjoint(joint.reads):
                found.extend(joint.problems(wanted, policy))
        if not touched.isdisjoint(_BILLING) and day.path not in refused and _needs_a_day(wanted):
            found.append(day.missing())
        return (*found, *expiry_problems(self.changes))

    def applied_to(self, current: Draft, names: frozenset[str] | set[str] | None = None) -> Draft:
        """Give the draft that the changes (those in `names`, when given) make of the account.

        A daily schedule takes the billing day away unless the changes name one.
        """
        known = {name for name in self.changes if hasattr(current, name)}
        wanted: dict[str, Any] = {
            name: None if self.changes[name] == "" else self.changes[name]
            for name in (known if names is None else known & names)
        }
        if wanted.get("billing_schedule") is BillingSchedule.DAILY:
            wanted.setdefault("billing_day", None)
        return replace(current, **wanted) if wanted else current

    def own_account_problems(self, viewer: Viewer, account_id: UUID) -> tuple[Problem, ...]:
        """List the changes that the viewer may not make because the account is its own.

        A customer changes how to reach it and nothing else; nobody changes their own limits.
        """
        if viewer.account_id != account_id:
            return ()
        words = "can not be changed on your own account"
        paths = [FIELD_RULES[name].path for name in self.changes if name in FIELD_RULES]
        return tuple(
            Violation(ErrorCode.FORBIDDEN, words).at(*path)
            for path in paths
            if path[0] in NOT_ON_OWN_ACCOUNT
            or (viewer.role is Role.CUSTOMER and path[0] not in CUSTOMER_EDITABLE_FIELDS)
        )

    def _problem(self, name: str, value: FieldValue, policy: Policy) -> Problem | None:
        rule = FIELD_RULES[name]
        if name not in self.PATCHABLE:
            return Violation(ErrorCode.IMMUTABLE, "can not be changed").at(*rule.path)
        if value is None or value == "":
            return None if rule.clearable else rule.missing()
        return rule.problem(value, policy)


@dataclass(frozen=True, slots=True)
class CustomerPatch(AccountPatch):
    """Changes of a customer or provider; type, owner, currency and number are not among them."""

    PATCHABLE: ClassVar[frozenset[str]] = _CONTACT | frozenset(
        [
            "concurrent_calls",
            "calls_per_second",
            "localization_id",
            "allows_local_calls",
            "notifications_enabled",
            "payment_gateway_allowed",
            "records_calls",
            "manages_own_ips",
            "mobile",
            "notification_email",
            "time_zone",
            "expires_at",
            "credit_limit",
            "rate_group_id",
            "non_cli_rate_group_id",
            "cli_pool",
            "billing_schedule",
            "billing_day",
            "tax_number",
            "tax_ids",
            "invoices_zero_amounts",
            "invoice_note",
            "reference",
            "valid_days",
        ]
    )


@dataclass(frozen=True, slots=True)
class ResellerPatch(AccountPatch):
    """Changes of a reseller; parent, realm, currency and number are not among them."""

    PATCHABLE: ClassVar[frozenset[str]] = _CONTACT | frozenset(
        {"time_zone", "credit_limit", "rate_group_id", "permissions"}
    )


def given(changes: Mapping[str, Any], clearable: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The changes of a form that mean something: an absent value only where it clears."""
    return {n: value for n, value in changes.items() if value is not None or n in clearable}


def clearing_problems(
    changes: Mapping[str, Any], clearable: frozenset[str] = frozenset()
) -> tuple[Problem, ...]:
    """The fields of a form, named like their columns, that can not be cleared and were to be."""
    kept = changes.keys() - given(changes, clearable).keys()
    return tuple(NOT_CLEARABLE.at(name_in_api(name)) for name in changes if name in kept)


def expiry_problems(changes: Mapping[str, object]) -> tuple[Problem, ...]:
    """Whether an expiry is said twice, as an instant and as days from now."""
    if not (changes.get("valid_days") and changes.get("expires_at")):
        return ()
    words = "can not be set together with the number of valid days"
    return (Violation(ErrorCode.INVALID, words).at("expiresAt"),)


def _needs_a_day(wanted: AccountDraft) -> bool:
    return wanted.billing_schedule is BillingSchedule.MONTHLY and wanted.billing_day is None
