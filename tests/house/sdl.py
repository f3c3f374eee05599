"""The schema as text: as it is, and as callers were promised it; two files that follow the code.

`make schema` brings both up to date. It refuses a change that breaks callers unless
a record in docs/decisions holds the sentence that names it.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from graphql import (
    Visitor,
    build_schema,
    find_breaking_changes,
    parse,
    print_ast,
    visit,
)

from gateway.settings import PROJECT
from schema.root import build
from tests.house.decisions import RECORDS, decided

PRESENT = PROJECT / "schema" / "schema.graphql"
PROMISED = Path(__file__).with_name("promised.graphql")


def built() -> str:
    """The schema of the code, as `python -m gateway schema` prints it."""
    return build().as_str() + "\n"


def shape(text: str) -> str:
    """A schema's text without its descriptions: what callers build on."""
    return print_ast(visit(parse(text), _WithoutDescriptions())) + "\n"


def unnamed_breaks(promised: str, present: str, records: Path = RECORDS) -> list[str]:
    """The changes that break callers of the promised schema and stand in no decision record."""
    changes = find_breaking_changes(build_schema(promised), build_schema(present))
    return [c.description for c in changes if not decided(c.description, records)]


def main() -> int:
    """Write both files, or say what must be decided first."""
    present = built()
    PRESENT.write_text(present)
    breaks = unnamed_breaks(PROMISED.read_text(), present) if PROMISED.exists() else []
    if breaks:
        sentences = "\n".join(f"  {sentence}" for sentence in breaks)
        sys.stderr.write(f"This breaks callers; a decision record must say so:\n{sentences}\n")
        return 1
    PROMISED.write_text(shape(present))
    return 0


class _WithoutDescriptions(Visitor):
    def enter(self, node: Any, *_where: Any) -> Any:
        described = getattr(node, "description", None) is not None
        return dataclasses.replace(node, description=None) if described else None


if __name__ == "__main__":
    sys.exit(main())
