"""The catalogue of permissions, and what each role starts with and can at most be given.

Which rows a viewer sees is tenancy, not a permission; it is no business of this file.
"""

from collections.abc import Iterable
from types import MappingProxyType

from models.rules.enums import JobKind, Role
from models.rules.errors import ErrorCode, Problem
from models.rules.viewer import Viewer

CATALOGUE: frozenset[str] = frozenset(
    {
        "customers:read",
        "customers:create",
        "customers:update",
        "customers:delete",
        "customers:import",
        "customers:export",
        "customers:mass_create",
        "providers:create",
        "devices:write",
        "panel:write",
        "money:refill",
        "money:charge",
        "billing:read",
        "billing:run",
        "billing:void",
        "cdrs:read",
        "inventory:write",
        "resellers:write",
        "rates:write",
        "taxes:write",
        "settings:write",
        "templates:write",
        "switches:write",
        "jobs:control",
        "staff:write",
        "audit:read",
    }
)

_READING = frozenset({"customers:read", "billing:read", "cdrs:read"})

# Providers, the number inventory, switches, settings and staff belong to the whole house.
_HOUSE_ONLY = frozenset(
    {"providers:create", "inventory:write", "settings:write", "switches:write", "staff:write"}
)

# A customer's own account only; what it may change there is CUSTOMER_EDITABLE_FIELDS.
_OWN_ACCOUNT = _READING | {"customers:update", "devices:write", "panel:write"}

# The most a role can hold, whoever grants it.
CEILINGS: MappingProxyType[Role, frozenset[str]] = MappingProxyType(
    {
        Role.ADMIN: CATALOGUE,
        Role.SUB_ADMIN: CATALOGUE,
        Role.RESELLER: CATALOGUE - _HOUSE_ONLY,
        Role.CUSTOMER: _OWN_ACCOUNT,
    }
)

# What a role holds when nobody chose: importing and billing runs are given to resellers expressly.
DEFAULTS: MappingProxyType[Role, frozenset[str]] = MappingProxyType(
    {
        Role.ADMIN: CATALOGUE,
        Role.SUB_ADMIN: _READING,
        Role.RESELLER: CEILINGS[Role.RESELLER] - {"customers:import", "billing:run"},
        Role.CUSTOMER: _OWN_ACCOUNT,
    }
)

# What starting a job demands, and fetching what it left: a key without the word gets no secrets.
JOBS: MappingProxyType[JobKind, str] = MappingProxyType(
    {
        JobKind.MASS_CREATE: "customers:mass_create",
        JobKind.IMPORT: "customers:import",
        JobKind.EXPORT: "customers:export",
        JobKind.BATCH_UPDATE: "customers:update",
        JobKind.DELETE: "customers:delete",
        JobKind.BILLING_RUN: "billing:run",
    }
)

# The profile fields a customer may change on its own account: how to reach it, nothing about money.
CUSTOMER_EDITABLE_FIELDS: frozenset[str] = frozenset(
    {
        "firstName",
        "lastName",
        "company",
        "email",
        "phone",
        "mobile",
        "notificationEmail",
        "address",
    }
)


def held(role: Role, chosen: Iterable[str] | None) -> frozenset[str]:
    """Permissions that a principal of this role holds: the chosen ones within the ceiling.

    None means that nobody chose; an administrator always holds everything.
    """
    if role is Role.ADMIN or chosen is None:
        return DEFAULTS[role]
    return frozenset(chosen) & CEILINGS[role]


def grant_problems(
    granter: Viewer, role: Role, wanted: Iterable[str], field: tuple[str, ...] = ("permissions",)
) -> tuple[Problem, ...]:
    """All reasons why `granter` may not give `wanted` to a principal of `role`."""
    found = (_grant_problem(granter, role, word, field) for word in dict.fromkeys(wanted))
    return tuple(problem for problem in found if problem is not None)


def _grant_problem(
    granter: Viewer, role: Role, word: str, field: tuple[str, ...]
) -> Problem | None:
    if word not in CATALOGUE:
        return Problem(ErrorCode.INVALID, field, f"{word!r} is not a permission.")
    if word not in CEILINGS[role]:
        sentence = f"The role {role} can not be given {word!r}."
        return Problem(ErrorCode.FORBIDDEN, field, sentence)
    if not granter.may(word):
        sentence = f"You can not give {word!r}: you do not hold it yourself."
        return Problem(ErrorCode.FORBIDDEN, field, sentence)
    return None
