"""Staff: the people of the administration and what each may do."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.access.staff import AppointedStaff
from models.access.staff import Staff as StaffVerbs
from models.rules.access_draft import StaffDraft, StaffPatch
from models.rules.enums import ActiveStatus, Role, SecretReason
from models.rules.permissions import CATALOGUE, DEFAULTS
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.paging import Connection
from schema.payloads import IssuedSecret, Payload
from schema.reads import STAFF_ONLY, Node, Order, Source, column, loaded, node, root_list
from schema.scalars import EmailAddress

STAFF = Source(table="staff", visible=STAFF_ONLY, permission="staff:write")
"""The administration sees its own people; nobody else does."""


def _array(words: frozenset[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


_HELD = (
    f"CASE WHEN {{t}}.role = 'ADMIN' THEN {_array(CATALOGUE)}"
    f" ELSE coalesce({{t}}.permissions, {_array(DEFAULTS[Role.SUB_ADMIN])}) END"
)


@node(STAFF, description="A person of the administration.")
class StaffMember(Node):
    """Requirement heading: Admin Accounts."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    name: str = column(description="The person's name.")
    email: EmailAddress = column(description="Address and login.")
    role: Role = column(description="ADMIN or SUB_ADMIN.")
    permissions: list[str] = column(
        _HELD, description="What the person may do, as words of the catalogue."
    )
    status: ActiveStatus = column(description="Whether the person may sign in.")
    created_at: datetime = column(description="When the person joined.")


@strawberry.input(description="A new person of the administration.")
class StaffCreateInput:
    """Nobody gives what they lack themselves."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("The person's name; 1-80 characters.")
    email: EmailAddress = required("Address and login; used by nobody else.")
    role: Role = required("ADMIN or SUB_ADMIN; only an administrator makes another one.")
    permissions: list[str] | None = optional(
        "Words of the catalogue for a SUB_ADMIN; absent: reading customers, bills and calls."
    )
    password: str | None = optional("Portal password; absent: generated and shown once.")


@strawberry.input(description="What to change: absent keeps, null clears, a value sets.")
class StaffUpdateInput:
    """Nobody changes their own role, permissions or status."""

    id: strawberry.ID = required("The person.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    name: str | None = optional("The person's name; 1-80 characters.")
    role: Role | None = optional("ADMIN or SUB_ADMIN.")
    permissions: list[str] | None = optional("Words of the catalogue; null: what one starts with.")
    status: ActiveStatus | None = optional("INACTIVE: signed out, and can not sign in.")


@strawberry.type(description="What staffCreate answers.")
class StaffCreatePayload(Payload):
    """The new person; the password is shown here and never again."""

    staff_member_id: strawberry.Private[UUID | None] = None
    staff_member: StaffMember | None = loaded(description="The person.")
    portal_secret: IssuedSecret | None = strawberry.field(
        default=None, description="The login, with the password if it was generated."
    )


@strawberry.type(description="What staffUpdate answers.")
class StaffUpdatePayload(Payload):
    """The person after the change."""

    staff_member_id: strawberry.Private[UUID | None] = None
    staff_member: StaffMember | None = loaded(description="The person.")


@strawberry.type
class StaffQueries:
    """For whoever may change staff."""

    staff_members: Connection[StaffMember] = root_list(
        order=Order("created_at", "timestamptz", descending=True),
        permission="staff:write",
        description="The people of the administration, newest first.",
    )


@strawberry.type
class StaffMutations:
    """For whoever may change staff."""

    @mutation(permission="staff:write", description="Takes a person into the administration.")
    async def staff_create(
        self,
        info: Info,
        input: StaffCreateInput,
    ) -> StaffCreatePayload | None:
        """Appoint somebody."""
        draft = StaffDraft(**drafted(input))
        appointed = await StaffVerbs.appoint(draft, info.context.signed_in)
        return StaffCreatePayload(
            staff_member_id=appointed.id, portal_secret=_portal_secret(appointed)
        )

    @mutation(
        permission="staff:write",
        description="Changes a person's name, role, permissions or status.",
    )
    async def staff_update(
        self,
        info: Info,
        input: StaffUpdateInput,
    ) -> StaffUpdatePayload | None:
        """Change somebody."""
        person = row_id("StaffMember", input.id) or NOBODY
        patch = StaffPatch(patched(input))
        version = said(input.expected_version)
        await StaffVerbs.reassign(person, patch, info.context.signed_in, version)
        return StaffUpdatePayload(staff_member_id=person)


def _portal_secret(appointed: AppointedStaff) -> IssuedSecret:
    reason = SecretReason.GIVEN_BY_CALLER if appointed.password is None else None
    return IssuedSecret(username=appointed.email, secret=appointed.password, reason=reason)
