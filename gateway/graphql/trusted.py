"""Documents known by a name: committed manifests, and queries that clients persisted by their hash.

Manifests are read once at start; what clients persist is bounded and lives in this process.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.graphql.asked import Asked
from gateway.graphql.documents import sha256_of
from gateway.graphql.limits import DOCUMENT_CHARACTERS
from gateway.graphql.refused import RequestRefused, bad_request, refused
from schema.refusals import Code

PERSISTED_ENTRIES: Final = 2_000
PERSISTED_BYTES: Final = 4 << 20
_PREFIX: Final = "sha256:"  # of the GraphQL-over-HTTP appendix; ids of other makers have none


class ManifestError(Exception):
    """A file among the manifests that is none, or manifests that leave nothing to ask."""


class TrustedDocuments:
    """Finds the text that a request names."""

    def __init__(self, known: Mapping[str, str], *, only: bool) -> None:
        """known: text by id. only: a document that is not among them is refused.

        Raises ManifestError when nothing at all could be asked.
        """
        if only and not known:
            raise ManifestError("No manifest names a document, and no others are to be answered.")
        self._known = known
        self._texts = frozenset(known.values())
        self._only = only
        self._persisted: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0

    def text_of(self, asked: Asked) -> str:
        """The document a request is about. Raises RequestRefused."""
        text = self._named(asked)
        if self._only and text not in self._texts:
            raise refused(Code.FORBIDDEN, "Only documents that were registered here are answered.")
        return text

    def _named(self, asked: Asked) -> str:
        if asked.document_id is not None:
            text = self._known.get(asked.document_id.removeprefix(_PREFIX))
            if text is None:
                raise _not_found()
            return text
        if asked.automatic_hash is not None:
            return self._automatic(asked.automatic_hash.lower(), asked.query)
        return asked.query or ""

    def _automatic(self, digest: str, query: str | None) -> str:
        if query is None:
            text = self._persisted.get(digest) or self._known.get(digest)
            if text is None:
                raise _not_found()
            if digest in self._persisted:
                self._persisted.move_to_end(digest)
            return text
        if sha256_of(query) != digest:
            raise bad_request("`sha256Hash` is not the SHA-256 of the query.")
        self._persist(digest, query)
        return query

    def _persist(self, digest: str, query: str) -> None:
        if digest in self._persisted or len(query) > DOCUMENT_CHARACTERS or self._only:
            return
        self._persisted[digest] = query
        self._bytes += len(query)
        while len(self._persisted) > PERSISTED_ENTRIES or self._bytes > PERSISTED_BYTES:
            _, forgotten = self._persisted.popitem(last=False)
            self._bytes -= len(forgotten)


def read_manifests(folder: Path) -> dict[str, str]:
    """All `*.json` manifests of a folder; none when it does not exist.

    Reads what relay-compiler and graphql-codegen write ({id: text}) and Apollo's form
    ({operations: [{id, body}]}). Raises ManifestError for any other. Each text is also known by its
    SHA-256.
    """
    known: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for name, text in _entries(path, json.loads(path.read_text())):
            known[name.removeprefix(_PREFIX)] = text
            known[sha256_of(text)] = text
    return known


def _entries(path: Path, manifest: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(manifest, dict):
        raise ManifestError(f"{path} is not a manifest of documents")
    operations = manifest.get("operations")
    if isinstance(operations, list):
        manifest = {entry["id"]: entry["body"] for entry in operations}
    for name, text in manifest.items():
        if not isinstance(text, str):
            raise ManifestError(f"{path}: the document {name} is not a text")
        yield name, text


def _not_found() -> RequestRefused:
    return refused(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
