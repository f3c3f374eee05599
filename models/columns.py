"""Columns that many tables share, each with the one meaning it has everywhere.

A column that only one table has is declared there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from tortoise import fields

AMOUNT_DIGITS = 20
AMOUNT_DECIMALS = 6

Word = TypeVar("Word", bound=StrEnum)


def amount(**options: Any) -> Any:
    """Money or a rate in its currency: numeric(20,6), never a float."""
    return fields.DecimalField(AMOUNT_DIGITS, AMOUNT_DECIMALS, **options)


def word(kind: type[Word], **options: Any) -> Any:
    """One word of a closed list, kept as text so that a new word needs no rewrite of the table."""
    return fields.CharEnumField(kind, max_length=48, **options)


def version() -> Any:
    """Raised by one with every change that a caller can see; callers send it back to be sure."""
    return fields.IntField(default=1)


def folded(**options: Any) -> Any:
    """Text compared without regard to case; written already folded."""
    return fields.CharField(max_length=254, **options)


def belongs_to(table: str, named: str, *, goes_along: bool = False, **options: Any) -> Any:
    """A foreign key; `named` is the way back. A row that `goes_along` is deleted with its owner."""
    on_delete = fields.CASCADE if goes_along else fields.RESTRICT
    return fields.ForeignKeyField(
        f"models.{table}", related_name=named, on_delete=on_delete, **options
    )


def one_of(table: str, named: str) -> Any:
    """At most one row for each row of `table`, under the same key."""
    return fields.OneToOneField(
        f"models.{table}", related_name=named, primary_key=True, on_delete=fields.RESTRICT
    )
