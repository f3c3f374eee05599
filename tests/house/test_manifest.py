"""A house that answers trusted documents alone answers the examples."""

from __future__ import annotations

from gateway.app import MANIFESTS
from gateway.graphql.asked import Asked
from gateway.graphql.trusted import TrustedDocuments, read_manifests
from tests.house.manifest import COMMITTED, EXAMPLES, written


def test_the_committed_manifest_holds_the_examples_as_they_are() -> None:
    assert COMMITTED.read_text() == written(), "make schema writes it"


def test_every_example_is_trusted_by_its_text_and_by_its_hash() -> None:
    known = read_manifests(MANIFESTS)
    trusted = TrustedDocuments(known, only=True)
    texts = [path.read_text() for path in EXAMPLES.glob("*.graphql")]
    assert len(texts) > 40
    assert [trusted.text_of(Asked(query=text)) for text in texts] == texts
    assert {trusted.text_of(Asked(None, document_id=name)) for name in known} == set(texts)
