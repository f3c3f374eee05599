"""Administrators and sub-administrators of the house.

They have no wallet and no tenant: they see every account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.access.session import Session
from models.accounts import passwords
from models.accounts.credentials import Login
from models.constraints import understood
from models.database import raw, transaction
from models.ids import new_id
from models.rules.access_draft import (
    StaffDraft,
    StaffPatch,
    StaffPowers,
    power_problems,
)
from models.rules.email import folded_email
from models.rules.enums import ActiveStatus, Role
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.password import random_password
from models.rules.viewer import Viewer
from models.settings import HouseSettings

FIRST_NAME = "Administrator"


class Staff(Model):
    """A person of the administration, with chosen permissions unless an administrator."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80)
    email = fields.CharField(max_length=254)
    role: Role = columns.word(Role)
    permissions: list[str] | None = ArrayField(element_type="text", null=True)
    status: ActiveStatus = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    password_hash = fields.TextField(null=True)
    time_zone = fields.CharField(max_length=64, default="UTC")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff"

    @classmethod
    async def bootstrap(cls, email: str, password: str) -> bool:
        """Make the first administrator; tells whether there was none.

        How strong the password is, is the choice of whoever starts the house.
        """
        password_hash = await passwords.hashed(password)
        async with transaction() as tx:
            # Two processes that start together make one administrator.
            await raw(tx).execute("LOCK TABLE staff IN SHARE ROW EXCLUSIVE MODE")
            if await cls.filter(role=Role.ADMIN).exists():
                return False
            draft = StaffDraft(name=FIRST_NAME, email=email, role=Role.ADMIN)
            await cls._join(draft, password_hash, None)
        return True

    @classmethod
    async def appoint(cls, draft: StaffDraft, viewer: Viewer) -> AppointedStaff:
        """Take a person into the administration. Raises Refused; TAKEN for an address in use."""
        if problems := draft.problems(viewer):
            raise Refused(problems)
        made = None if draft.password else random_password()
        password_hash = await passwords.hashed(draft.password or made or "")
        async with transaction():
            staff = await cls._join(draft, password_hash, viewer)
        return AppointedStaff(staff.id, staff.email, made)

    @classmethod
    async def reassign(
        cls, staff_id: UUID, patch: StaffPatch, viewer: Viewer, expected_version: int | None = None
    ) -> None:
        """Change a person's name, role, permissions or status.

        Raises Refused, NOT_FOUND, VERSION_CONFLICT, FORBIDDEN for one's own powers and for an
        administrator's by anybody else, WRONG_STATE for the last active administrator's.
        """
        if problems := patch.problems():
            raise Refused(problems)
        async with transaction():
            # All administrators, always in one order: two that demote each other must not both win.
            admins = await cls.filter(role=Role.ADMIN).order_by("id").select_for_update()
            staff = await cls.filter(id=staff_id).select_for_update().first()
            if staff is None or not viewer.is_staff:
                raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such staff member.")
            versions.expect(staff.version, expected_version)
            wanted = patch.powers(staff.powers)
            if refusals := power_problems(viewer, staff.id, staff.powers, wanted):
                raise Refused(refusals)
            _refuse_last(staff, wanted, admins)
            await staff.become(patch.settled, viewer)

    @property
    def subject(self) -> audit.Subject:
        """What audit events about this person are about."""
        return audit.Subject("StaffMember", self.id, self.name)

    @classmethod
    async def _join(cls, draft: StaffDraft, password_hash: str, viewer: Viewer | None) -> Staff:
        settings = await HouseSettings.get(id=1)
        with understood():
            staff = await cls.create(
                id=new_id(),
                name=draft.name,
                email=draft.email,
                role=draft.role,
                permissions=None if draft.permissions is None else sorted(set(draft.permissions)),
                password_hash=password_hash,
                time_zone=settings.time_zone,
            )
            await Login.create(email_folded=folded_email(draft.email), staff_id=staff.id)
        told = {"name": staff.name, "email": staff.email, "role": staff.role}
        changes = audit.differences({}, told | {"permissions": staff.permissions})
        await audit.record(viewer, "staffCreate", staff.subject, changes)
        return staff

    @property
    def powers(self) -> StaffPowers:
        """How much this person may do."""
        chosen = None if self.permissions is None else tuple(self.permissions)
        return StaffPowers(role=self.role, permissions=chosen, status=self.status)

    async def become(self, wanted: Mapping[str, Any], viewer: Viewer) -> None:
        """Take on judged changes in the open transaction; whoever is switched off is signed out."""
        powers = self.powers
        now = {"name": self.name, "role": powers.role, "permissions": powers.permissions}
        differences = audit.differences(now | {"status": powers.status}, wanted)
        if not differences:
            return
        for change in differences:
            setattr(self, change.field, change.new)
        self.version += 1
        await self.save()
        if self.status is ActiveStatus.INACTIVE:
            await Session.filter(staff_id=self.id).update(expires_at=datetime.now(UTC))
        await audit.record(viewer, "staffUpdate", self.subject, differences)


@dataclass(frozen=True, slots=True)
class AppointedStaff:
    """A person who has joined; `password` is None when the caller chose it."""

    id: UUID
    email: str
    password: str | None = field(repr=False)


def _refuse_last(staff: Staff, wanted: StaffPowers, admins: list[Staff]) -> None:
    others = any(admin.powers.are_all for admin in admins if admin.id != staff.id)
    if others or wanted.are_all or not staff.powers.are_all:
        return
    changed = "status" if wanted.role is Role.ADMIN else "role"
    sentence = "This is the last active administrator."
    raise DomainError(ErrorCode.WRONG_STATE, (changed,), sentence)
