"""Prints the GraphQL schema as the API serves it; needs nothing that runs."""

from __future__ import annotations

from gateway.parts.options import Options
from schema.root import build


def run(options: Options) -> int:
    """Print it in the schema definition language."""
    del options  # it is not waited for
    print(build().as_str())
    return 0
