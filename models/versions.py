"""Versions: a caller that says which one it has seen changes nothing else.

Whether the row is locked meanwhile is the verb's matter.
"""

from __future__ import annotations

from models.rules.errors import DomainError, ErrorCode


def expect(version: int, expected: int | None) -> None:
    """Raise VERSION_CONFLICT when a caller has seen another version; None expects nothing."""
    if expected is not None and version != expected:
        sentence = f"It has changed since version {expected}: this is version {version}."
        raise DomainError(ErrorCode.VERSION_CONFLICT, ("expectedVersion",), sentence)
