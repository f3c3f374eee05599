"""What all entries of the panels have in common: they belong to an account that somebody sees.

The account is held first and the entry after it, everywhere, so that two writers never block
each other for good.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar
from uuid import UUID

from models.accounts.account import Account
from models.rules.enums import Role
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer


class Entry(Protocol):
    """A row that belongs to one account."""

    account_id: UUID

    @classmethod
    def filter(cls, *args: Any, **kwargs: Any) -> Any:
        """Tortoise's filter."""


Row = TypeVar("Row", bound=Entry)


async def held_entry(
    viewer: Viewer, table: type[Row], entry_id: UUID, field: str = "id"
) -> tuple[Row, Account]:
    """An entry and its account, both held until the open transaction ends.

    Raises NOT_FOUND at `field` for what the viewer does not see, as for what never was.
    """
    glimpse = await table.filter(id=entry_id).first()
    if glimpse is None:
        raise missing(field)
    try:
        account = await Account.held_for(viewer, glimpse.account_id, field)
    except DomainError as refusal:
        raise (missing(field) if refusal.code is ErrorCode.NOT_FOUND else refusal) from None
    row = await table.filter(id=entry_id).select_for_update().first()
    if row is None:
        raise missing(field)
    held: Row = row
    return held, account


def missing(field: str) -> DomainError:
    """The refusal of an entry that is not there, or not for this viewer."""
    return DomainError(ErrorCode.NOT_FOUND, (field,), "There is no such entry.")


def refuse_customers(viewer: Viewer) -> None:
    """Raise FORBIDDEN for accounts themselves: this is for whoever looks after them."""
    if viewer.role is Role.CUSTOMER:
        sentence = "Only whoever looks after this account may do this."
        raise DomainError(ErrorCode.FORBIDDEN, (), sentence)
