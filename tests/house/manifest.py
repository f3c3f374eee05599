"""The manifest of the example documents: what a house that trusts only known documents answers.

`make schema` writes it; front-end teams lay their own manifests beside it.
"""

from __future__ import annotations

import json
import sys

from gateway.graphql.documents import sha256_of
from gateway.settings import PROJECT

EXAMPLES = PROJECT / "documents"
COMMITTED = EXAMPLES / "manifests" / "examples.json"


def written() -> str:
    """Every example by its SHA-256, as clients that persist queries name it."""
    texts = (path.read_text() for path in sorted(EXAMPLES.glob("*.graphql")))
    return json.dumps({sha256_of(text): text for text in texts}, indent=1) + "\n"


if __name__ == "__main__":
    COMMITTED.parent.mkdir(exist_ok=True)
    sys.exit(COMMITTED.write_text(written()) == 0)
