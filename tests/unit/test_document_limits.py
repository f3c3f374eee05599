"""Limits on documents: what is refused, with which code, and how little time that takes."""

import time

import pytest
from graphql import build_schema

from gateway.graphql.documents import Document, Documents
from gateway.graphql.refused import RequestRefused

SCHEMA = build_schema("""
    type Query {
        name: String
        me: Query
        list: [Query!]!
        find(text: String, any: [String!]): Query
    }
""")
LONGEST_SECONDS = 0.05


def read(text: str) -> Document:
    return Documents(SCHEMA).read(text)


def code_of(text: str) -> str:
    with pytest.raises(RequestRefused) as caught:
        read(text)
    extensions = caught.value.errors[0].extensions
    assert extensions is not None
    return str(extensions["code"])


def nested(levels: int) -> str:
    return "{" + "me{" * (levels - 1) + "name" + "}" * levels


def doubling(fragments: int, alias: str = "") -> str:
    """Each fragment spreads the next one twice: its full form has 2 to the power of them."""
    chain = "".join(
        f"fragment f{n} on Query{{{alias}me{{...f{n + 1}}} me{{...f{n + 1}}}}}"
        for n in range(fragments)
    )
    return "{...f0}" + chain + f"fragment f{fragments} on Query{{name}}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(nested(12), id="twelve fields deep"),
        pytest.param("{" + " ".join(f"a{n}: name" for n in range(20)) + "}", id="twenty aliases"),
        pytest.param("{me{" + " ".join(f"a{n}: name" for n in range(30)) + "}}", id="thirty"),
        pytest.param("{name " + "me{name} " * 19 + "}", id="twenty root fields"),
        pytest.param("{me{" + "name @skip(if: false) " * 20 + "}}", id="twenty directives"),
        pytest.param(doubling(9), id="doubled within the depth"),
    ],
)
def test_a_document_up_to_the_limit_is_read(text: str) -> None:
    assert len(read(text).operations) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(nested(13), id="depth"),
        pytest.param(
            "{me{...a}} fragment a on Query{" + nested(12)[1:-1] + "}", id="depth by a fragment"
        ),
        pytest.param("{me{" + " ".join(f"a{n}: name" for n in range(31)) + "}}", id="aliases"),
        pytest.param(
            "{me{...a} list{...a}} fragment a on Query{"
            + " ".join(f"a{n}: name" for n in range(16))
            + "}",
            id="aliases of a fragment spread twice",
        ),
        pytest.param("{" + "name " * 21 + "}", id="root fields"),
        pytest.param("{me{" + "name @skip(if: false) " * 21 + "}}", id="directives"),
        pytest.param('{find(text: "a\\u0000b"){name}}', id="NUL"),
        pytest.param("{find(any: " + "[" * 70 + "]" * 70 + "){name}}", id="nested literal"),
        pytest.param("{...a} fragment a on Query{me{...a}}", id="a cycle"),
        pytest.param("{unknown}", id="an unknown field"),
    ],
)
def test_a_document_beyond_a_limit_fails_validation(text: str) -> None:
    assert code_of(text) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="syntax"),
        pytest.param("{me{}}", id="an empty selection"),
        pytest.param("{" + "name " * 2_001 + "}", id="tokens"),
        pytest.param("{name}" + "#" * 15_000, id="characters"),
        pytest.param("{me{name}}" + "{me{" * 400, id="deeper than a parser can recurse"),
    ],
)
def test_a_document_beyond_the_parser_fails_parsing(text: str) -> None:
    assert code_of(text) == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(doubling(12), id="doubled fragments"),
        pytest.param(doubling(20), id="a million spreads"),
        pytest.param(doubling(15, alias="a: "), id="doubled with aliases"),
        pytest.param("{" + " ".join(f"a{n}: name" for n in range(600)) + "}", id="aliases"),
        pytest.param("{" + " ".join(f"a{n}: name" for n in range(5_000)) + "}", id="5,000 aliases"),
        pytest.param("{name " + "@skip(if: false)" * 1_000 + "}", id="1,000 directives"),
    ],
)
def test_a_hostile_document_takes_little_time(text: str) -> None:
    documents, took = Documents(SCHEMA), []
    for _ in range(3):  # the best of three, as the processor counts: the machine may be busy
        began = time.process_time()
        with pytest.raises(RequestRefused):
            documents.read(text)
        took.append(time.process_time() - began)
    assert min(took) < LONGEST_SECONDS


def test_a_document_is_validated_once() -> None:
    documents = Documents(SCHEMA)
    assert documents.read("{name}") is documents.read("{name}")


def test_an_operation_is_found_by_its_name() -> None:
    document = read("query a{name} query b{me{name}}")
    assert document.operation("b").name == "b"


@pytest.mark.parametrize("name", [None, "c", ""])
def test_one_of_two_operations_has_to_be_named(name: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        read("query a{name} query b{me{name}}").operation(name)
    assert caught.value.precise_status == 400
