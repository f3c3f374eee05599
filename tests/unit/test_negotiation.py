"""Which media type answers an Accept header."""

import pytest
from starlette.datastructures import Headers

from gateway.graphql.negotiation import Media, accepted

GRAPHQL, JSON, EVENTS = Media


@pytest.mark.parametrize(
    ("accept", "single"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json", GRAPHQL),
        ("application/json, application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json;q=0.9, application/json", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json; charset=utf-8, application/json; q=0.9", GRAPHQL),
        ("*/*;q=0.5, application/graphql-response+json", GRAPHQL),
        ("*/*, application/graphql-response+json;q=0.5", JSON),
        ("application/json;q=0, */*", GRAPHQL),
        ("APPLICATION/JSON", JSON),
        ("text/html, application/xml;q=0.9, */*;q=0.8", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("text/event-stream", None),
    ],
)
def test_a_single_answer_is_written_as_the_client_prefers(
    accept: str | None, single: Media | None
) -> None:
    headers = Headers({} if accept is None else {"accept": accept})
    assert accepted(headers).single is single


@pytest.mark.parametrize(
    ("accept", "reads", "prefers"),
    [
        ("text/event-stream", True, True),
        ("text/event-stream, application/json", True, False),
        ("application/json;q=0.5, text/event-stream", True, True),
        ("*/*", False, False),
        ("text/*", False, False),
    ],
)
def test_a_stream_is_only_for_who_names_it(accept: str, reads: bool, prefers: bool) -> None:
    found = accepted(Headers({"accept": accept}))
    assert (found.events, found.prefers_events) == (reads, prefers)
    assert not found.nothing or not reads


def test_several_accept_headers_count_as_one() -> None:
    raw = [(b"accept", b"text/html"), (b"accept", b"application/json")]
    assert accepted(Headers(raw=raw)).single is JSON
