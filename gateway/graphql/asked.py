"""What a client asks, read from a body, a query string or a message, and checked for its shape.

Nothing is parsed or executed here; whoever asks is not known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.graphql.limits import JSON_DEPTH, JSON_VALUES
from gateway.graphql.refused import RequestRefused, bad_request

PLACES_NAMED: Final = 20  # of texts that can not be stored: as many as a form has fields
NUL_IN_JSON: Final = b"\\u0000"  # there is no other way to write the character
NAME_SHOWN: Final = 40  # characters of a name that a client made up


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for one operation.

    with_nul: the places of its variables where texts with NUL are; a mutation says it of its input.
    document_id: names a trusted document. automatic_hash: SHA-256 of an automatically persisted
    query, hexadecimal; the query may come along or not.
    """

    query: str | None
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    document_id: str | None = None
    automatic_hash: str | None = None
    with_nul: tuple[str, ...] = ()


def asked_in_body(body: bytes) -> Asked:
    """Read a JSON body. Raises RequestRefused with status 400."""
    return asked_in(loaded(body), may_hold_nul=NUL_IN_JSON in body)


def asked_in_query(parameters: Mapping[str, str]) -> Asked:
    """Read the query string of a GET. Raises RequestRefused with status 400."""
    readable: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        readable[name] = loaded(text.encode(errors="surrogatepass")) if text else None
    return asked_in(readable)


def asked_in(value: object, *, may_hold_nul: bool = True) -> Asked:
    """Check the members of a request object. Raises RequestRefused with status 400."""
    if isinstance(value, list):
        raise bad_request("Send one operation a request: batches are not answered.")
    if not isinstance(value, dict):
        raise bad_request("The request is not a JSON object.")
    extensions = _member(value, "extensions", dict) or {}
    persisted = _member(extensions, "persistedQuery", dict) or {}
    asked = Asked(
        query=_member(value, "query", str),
        operation_name=_member(value, "operationName", str),
        variables=_member(value, "variables", dict) or {},
        document_id=_member(value, "documentId", str) or _member(value, "doc_id", str),
        automatic_hash=_member(persisted, "sha256Hash", str),
        with_nul=_nul_in_variables(value) if may_hold_nul else (),
    )
    if asked.query is None and asked.document_id is None and asked.automatic_hash is None:
        raise bad_request("The request has neither `query` nor the id of a known document.")
    return asked


def _nul_in_variables(value: dict[str, Any]) -> tuple[str, ...]:
    """Where it stands there. Raises RequestRefused for any other place."""
    if elsewhere := sorted(_with_nul({**value, "variables": None})):
        raise unstorable(elsewhere)
    return tuple(sorted(_with_nul({"variables": value.get("variables")})))


def loaded(body: bytes) -> Any:
    """The JSON value of bytes. Raises RequestRefused, 400, when it is none or nests too deeply."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise bad_request(f"The request is not JSON in UTF-8: {wrong}.") from None
    _check_extent(value)
    return value


def _member(holder: Mapping[str, Any], name: str, kind: type[str | dict[str, Any]]) -> Any:
    value = holder.get(name)
    if value is not None and not isinstance(value, kind):
        wanted = "a string" if kind is str else "an object"
        raise bad_request(f"`{name}` is not {wanted}.")
    return value


def _check_extent(value: object) -> None:
    """Bound depth and number of values, so that no later walk can run away."""
    level, depth, seen = [value], 0, 0
    while level:
        depth += 1
        seen += len(level)
        if depth > JSON_DEPTH or seen > JSON_VALUES:
            raise bad_request(f"The JSON is nested deeper than {JSON_DEPTH} or too extensive.")
        level = [child for item in level for _, child in _children(item)]


def unstorable(places: Sequence[str]) -> RequestRefused:
    """What is answered to texts with NUL in these places: PostgreSQL has no such text."""
    named = ", ".join(places[:PLACES_NAMED])
    return bad_request(f"The character NUL can not be stored; it stands in {named}.")


def _with_nul(value: object) -> Iterator[str]:
    """Where texts with NUL are, as `variables.input.name`."""
    level = [("", value)]
    while level:
        yield from (
            place.removeprefix(".")
            for place, item in level
            if isinstance(item, str) and "\0" in item
        )
        level = [
            (f"{place}.{str(name)[:NAME_SHOWN]}", child)
            for place, item in level
            for name, child in _children(item)
        ]


def _children(item: object) -> list[tuple[object, Any]]:
    if isinstance(item, dict):
        return [*item.items()]
    return [*enumerate(item)] if isinstance(item, list) else []
