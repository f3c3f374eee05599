"""Manifests as the usual tools write them, and the bounds of what clients persist."""

import hashlib
import json
from pathlib import Path

import pytest

from gateway.graphql import trusted
from gateway.graphql.asked import Asked
from gateway.graphql.refused import RequestRefused
from gateway.graphql.trusted import ManifestError, TrustedDocuments, read_manifests

TEXT = "{hello}"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({"abc": TEXT}, id="relay-compiler"),
        pytest.param({"sha256:abc": TEXT}, id="graphql-codegen"),
        pytest.param(
            {"format": "x", "version": 1, "operations": [{"id": "abc", "body": TEXT}]}, id="Apollo"
        ),
    ],
)
def test_a_document_is_known_by_its_id_and_its_hash(tmp_path: Path, manifest: object) -> None:
    (tmp_path / "portal.json").write_text(json.dumps(manifest))
    known = TrustedDocuments(read_manifests(tmp_path), only=True)
    for name in ("abc", "sha256:abc", DIGEST, f"sha256:{DIGEST}"):
        assert known.text_of(Asked(None, document_id=name)) == TEXT
    assert known.text_of(Asked(None, automatic_hash=DIGEST.upper())) == TEXT


@pytest.mark.parametrize("manifest", [[], {"abc": 1}, {"abc": {"body": TEXT}}])
def test_any_other_file_is_no_manifest(tmp_path: Path, manifest: object) -> None:
    (tmp_path / "portal.json").write_text(json.dumps(manifest))
    with pytest.raises(ManifestError, match=r"portal\.json"):
        read_manifests(tmp_path)


def test_a_house_where_nothing_could_be_asked_does_not_start() -> None:
    with pytest.raises(ManifestError, match="No manifest"):
        TrustedDocuments({}, only=True)


def test_without_a_folder_nothing_is_known(tmp_path: Path) -> None:
    assert read_manifests(tmp_path / "missing") == {}


def persist(documents: TrustedDocuments, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert documents.text_of(Asked(text, automatic_hash=digest)) == text
    return digest


def is_known(documents: TrustedDocuments, digest: str) -> bool:
    try:
        documents.text_of(Asked(None, automatic_hash=digest))
    except RequestRefused:
        return False
    return True


def test_the_least_used_persisted_query_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "PERSISTED_ENTRIES", 2)
    documents = TrustedDocuments({}, only=False)
    first, second = persist(documents, "{a}"), persist(documents, "{b}")
    assert is_known(documents, first)
    third = persist(documents, "{c}")
    assert [is_known(documents, name) for name in (first, second, third)] == [True, False, True]


def test_persisted_queries_have_room_for_so_many_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trusted, "PERSISTED_BYTES", 10)
    documents = TrustedDocuments({}, only=False)
    first, second = persist(documents, "{aaaaaa}"), persist(documents, "{bbbbbb}")
    assert not is_known(documents, first)
    assert is_known(documents, second)


def test_what_no_parser_would_read_is_not_persisted() -> None:
    documents = TrustedDocuments({}, only=False)
    assert not is_known(documents, persist(documents, "#" * 15_001))


def test_where_only_known_documents_are_answered_none_is_persisted() -> None:
    documents = TrustedDocuments({"abc": TEXT}, only=True)
    with pytest.raises(RequestRefused):
        persist(documents, "{a}")
