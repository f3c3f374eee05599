"""What somebody wants a staff member or an API key to be, and every rule that this breaks.

Whether an address is in use, and who is the last administrator, is told by the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.rules.email import email_violation
from models.rules.enums import ActiveStatus, Role
from models.rules.errors import ErrorCode, Problem
from models.rules.password import password_violation
from models.rules.permissions import CATALOGUE, DEFAULTS, grant_problems, held
from models.rules.text import required_violation, text_violation
from models.rules.viewer import STAFF_ROLES, Viewer
from models.rules.violation import Violation

NAME_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDraft:
    """A person to join the administration; permissions None are those a role starts with."""

    name: str
    email: str
    role: Role
    permissions: tuple[str, ...] | None = None
    password: str | None = None  # absent: generated

    def problems(self, viewer: Viewer) -> tuple[Problem, ...]:
        """List every rule that the draft breaks when this viewer appoints it."""
        return tuple(self._found(viewer))

    def _found(self, viewer: Viewer) -> Iterator[Problem]:
        yield from name_problems(self.name)
        if violation := required_violation(self.email) or email_violation(self.email):
            yield violation.at("email")
        if self.role in STAFF_ROLES:
            yield from staff_grant_problems(viewer, self.role, self.permissions)
        else:
            yield NOT_STAFF.at("role")
        weak = self.password and password_violation(self.password, (self.email,))
        if weak:
            yield weak.at("password")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPowers:
    """How much a staff member may do."""

    role: Role
    permissions: tuple[str, ...] | None
    status: ActiveStatus

    @property
    def held(self) -> frozenset[str]:
        """The words of the catalogue that these powers amount to."""
        return held(self.role, self.permissions)

    @property
    def are_all(self) -> bool:
        """Whether this is an administrator at work."""
        return self.role is Role.ADMIN and self.status is ActiveStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class StaffPatch:
    """Three-state changes of a staff member by attribute: absent keeps, None clears, a value sets.

    Keys: name, role, permissions, status; only permissions may be cleared.
    """

    changes: Mapping[str, Any]

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the changes break by themselves."""
        return tuple(self._found())

    @property
    def settled(self) -> dict[str, Any]:
        """The changes with permissions in their one order, so that they compare."""
        chosen = self.changes.get("permissions")
        return dict(self.changes) | ({"permissions": tuple(sorted(set(chosen)))} if chosen else {})

    def powers(self, now: StaffPowers) -> StaffPowers:
        """What the changes make of somebody's powers."""
        names = {field.name for field in fields(StaffPowers)}
        return replace(now, **{n: value for n, value in self.settled.items() if n in names})

    def _found(self) -> Iterator[Problem]:
        for field in ("name", "role", "status"):
            if field in self.changes and self.changes[field] is None:
                yield Violation(ErrorCode.REQUIRED, "can not be cleared").at(field)
        if self.changes.get("name") is not None:
            yield from name_problems(self.changes["name"])
        if self.changes.get("role") not in {None, *STAFF_ROLES}:
            yield NOT_STAFF.at("role")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDraft:
    """A key for a program; what it may do is chosen from what its owner may."""

    name: str
    permissions: tuple[str, ...]
    expires_at: datetime | None = None

    def problems(self, viewer: Viewer, now: datetime) -> tuple[Problem, ...]:
        """List every rule that the draft breaks when this viewer issues it."""
        return tuple(self._found(viewer, now))

    def _found(self, viewer: Viewer, now: datetime) -> Iterator[Problem]:
        yield from name_problems(self.name)
        if not self.permissions:
            yield Violation(ErrorCode.REQUIRED, "must name at least one").at("permissions")
        yield from grant_problems(viewer, viewer.role, self.permissions)
        if self.expires_at is not None and self.expires_at <= now:
            yield Violation(ErrorCode.OUT_OF_RANGE, "must lie in the future").at("expiresAt")


NOT_STAFF = Violation(ErrorCode.INVALID, "must be ADMIN or SUB_ADMIN")
ADMIN_BY_ADMIN = Violation(ErrorCode.FORBIDDEN, "can be given by an administrator only")
OF_AN_ADMIN = Violation(ErrorCode.FORBIDDEN, "of an administrator is changed by another one only")
NOT_ONES_OWN = Violation(ErrorCode.FORBIDDEN, "can not be changed by oneself")


def name_problems(name: str) -> Iterator[Problem]:
    """Check the name that people know a thing by: one line of at most 80 characters."""
    if violation := required_violation(name) or text_violation(name, NAME_LONGEST):
        yield violation.at("name")


def staff_grant_problems(
    granter: Viewer,
    role: Role,
    permissions: tuple[str, ...] | None,
    already: frozenset[str] = frozenset(),
) -> tuple[Problem, ...]:
    """All reasons why `granter` may not give a role of the house with these permissions.

    already: what its bearer holds, which is not given anew.
    """
    if role is Role.ADMIN:
        everything = CATALOGUE - already
        granted = granter.role is Role.ADMIN and not grant_problems(granter, role, everything)
        return () if granted or not everything else (ADMIN_BY_ADMIN.at("role"),)
    wanted = DEFAULTS[role] if permissions is None else permissions
    return grant_problems(granter, role, [word for word in wanted if word not in already])


def power_problems(
    granter: Viewer, bearer_id: UUID, now: StaffPowers, wanted: StaffPowers
) -> tuple[Problem, ...]:
    """All reasons why `granter` may not make these powers of a staff member's present ones."""
    names = [field.name for field in fields(StaffPowers)]
    changed = [name for name in names if getattr(now, name) != getattr(wanted, name)]
    if bearer_id == granter.principal_id:
        return tuple(NOT_ONES_OWN.at(name) for name in changed)
    if now.role is Role.ADMIN and granter.role is not Role.ADMIN:
        return tuple(OF_AN_ADMIN.at(name) for name in changed)
    return staff_grant_problems(granter, wanted.role, wanted.permissions, now.held)
