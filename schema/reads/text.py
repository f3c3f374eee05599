"""JSON text as an SQL expression: constant pieces are merged here, values are joined by the server.

Constants are names of our own and aliases of the document, both GraphQL names.
"""

from typing import Final

NULL: Final = "'null'"


def quoted(constant: str) -> str:
    """A constant as an SQL literal."""
    return "'" + constant.replace("'", "''") + "'"


class Text:
    """Pieces of text in a row."""

    def __init__(self, start: str = "") -> None:
        self._pieces: list[str] = []
        self._constant = start

    def say(self, constant: str) -> "Text":
        """Add a constant."""
        self._constant += constant
        return self

    def add(self, expression: str) -> "Text":
        """Add an SQL expression of type text that is never null."""
        if self._constant:
            self._pieces.append(quoted(self._constant))
            self._constant = ""
        self._pieces.append(expression)
        return self

    def sql(self) -> str:
        """All of it as one SQL expression."""
        pieces = [*self._pieces, quoted(self._constant)] if self._constant else self._pieces
        return f"({' || '.join(pieces)})" if len(pieces) > 1 else (pieces or ["''"])[0]
