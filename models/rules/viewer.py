"""Who asks: the eyes every read and the hands every verb goes through.

How the caller proved it (a session, an API key) is settled before a viewer exists.
"""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from models.rules.enums import Role

STAFF_ROLES = frozenset({Role.ADMIN, Role.SUB_ADMIN})


@dataclass(frozen=True, slots=True)
class Viewer:
    """One principal with its permissions.

    account_id: the viewer's own account for RESELLER and CUSTOMER, None for staff.
    reseller_ids: the reseller's subtree including itself for RESELLER, else empty.
    time_zone: IANA name; the day a date filter means.
    """

    role: Role
    principal_id: UUID
    account_id: UUID | None
    permissions: frozenset[str]
    reseller_ids: tuple[UUID, ...]
    time_zone: str
    name: str
    session_id: UUID | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this is an administrator or sub-administrator, who see every account."""
        return self.role in STAFF_ROLES

    @property
    def owner_id(self) -> UUID | None:
        """The reseller that owns what this viewer opens; None is the administration."""
        return self.account_id if self.role is Role.RESELLER else None

    def seeing(self, reseller_id: UUID) -> Self:
        """The same viewer once a reseller was opened below it; staff see all of them anyway."""
        if self.role is not Role.RESELLER:
            return self
        return replace(self, reseller_ids=(*self.reseller_ids, reseller_id))

    def may(self, permission: str) -> bool:
        """Whether the viewer holds this word of the catalogue; an API key may hold fewer."""
        return permission in self.permissions
