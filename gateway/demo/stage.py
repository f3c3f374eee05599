"""What every scene of the demo works with: whose hands it has, and what is there already.

A scene finds what an interrupted start had made, and makes only the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from obstore.store import ObjectStore

from models.accounts.account import Account
from models.rules.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Stage:
    """The administrator's hands, the first switch, where files lie, what people sign in with.

    say: tells whoever waits how far it is.
    """

    viewer: Viewer
    node_id: UUID
    store: ObjectStore
    password: str = field(repr=False)
    say: Callable[[str], None]


async def account_id(number: str) -> UUID | None:
    """The live account with this number."""
    found = await Account.filter(number=number, deleted_at=None).values_list("id", flat=True)
    return UUID(str(found[0])) if found else None


async def account_ids() -> dict[str, UUID]:
    """Every live account by its number."""
    rows = await Account.filter(deleted_at=None).values_list("number", "id")
    return {str(number): UUID(str(row_id)) for number, row_id in rows}
