"""How the inputs of mutations are declared, and how what was left out is read.

An input only says what was typed; whether it is acceptable is for the drafts of the models.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

import strawberry
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from models.rules import global_ids
from models.rules.errors import ErrorCode, Refused
from models.rules.violation import Violation
from schema.filters import NOBODY
from schema.scalars import id_of

Value = TypeVar("Value")

# Input fields that hold global ids, and of which type; a list holds several.
REFERS_TO: Final[Mapping[str, str]] = {
    to_snake_case(name): type_name for name, type_name in global_ids.REFERS_TO.items()
}
UNSTORABLE: Final = Violation(
    ErrorCode.INVALID, "contains the character NUL, which can not be stored"
)
_NOT_DRAFTED = frozenset({"idempotency_key", "id", "expected_version"})


def required(description: str) -> Any:
    """An input field that must be there."""
    return strawberry.field(description=description)


def optional(description: str, default: Any = strawberry.UNSET) -> Any:
    """An input field that may be left out, or take the default the schema shows."""
    return strawberry.field(description=description, default=default)


def idempotency_key() -> Any:
    """The `idempotencyKey` of an input."""
    return optional("The same key with the same input answers the first result, for 24 hours.")


def said(value: Value | None, otherwise: Value | None = None) -> Value | None:
    """What was given; `otherwise` when it was left out or null."""
    return otherwise if value is None or value is strawberry.UNSET else value


def was_given(value: object) -> bool:
    """Whether a three-state field was there at all; null counts as given."""
    return value is not strawberry.UNSET


def row_id(type_name: str, text: str | None) -> UUID | None:
    """The row a global id names; NOBODY when the text is malformed or of another type."""
    given = said(text)
    return None if given is None else id_of(type_name, given) or NOBODY


def any_row_id(type_names: tuple[str, ...], text: str) -> UUID | None:
    """The row that a global id of one of these types names; None for any other text."""
    found = (id_of(type_name, text) for type_name in type_names)
    return next((row for row in found if row is not None), None)


def drafted(form: object) -> dict[str, Any]:
    """What a form says, by attribute of a draft: left out what was left out or null."""
    return {name: value for name, value in patched(form).items() if value is not None}


def patched(form: object) -> dict[str, Any]:
    """What a three-state form says, by attribute of a draft: null stays None, absent is absent.

    Ids become uuids, lists tuples, and an address its columns.
    """
    spoken: dict[str, Any] = {}
    for field in dataclasses.fields(form):  # type: ignore[arg-type]  # every input is a dataclass
        value = getattr(form, field.name)
        if field.name in _NOT_DRAFTED or not was_given(value):
            continue
        if field.name == "address" and not _is_text(field):
            spoken |= _address(value)
        else:
            spoken[field.name] = _plain(field.name, value)
    return spoken


def refuse_nul(form: object) -> None:
    """Raise Refused naming every text of an input with the character NUL, which no row can hold."""
    if problems := tuple(UNSTORABLE.at(*path) for path in _with_nul(form, ())):
        raise Refused(problems)


def _with_nul(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _with_nul(item, (*path, str(place)))
    elif (definition := get_object_definition(value)) is not None:
        for field in definition.fields:
            name = field.graphql_name or to_camel_case(field.python_name)
            yield from _with_nul(getattr(value, field.python_name), (*path, name))


def _is_text(field: dataclasses.Field[Any]) -> bool:
    """Whether a field is a plain text: the address of a switch is no postal one."""
    kind: Any = field.type
    return getattr(kind, "of_type", kind) is str


def _plain(name: str, value: Any) -> Any:
    type_name = REFERS_TO.get(name)
    if isinstance(value, list):
        return tuple(row_id(type_name, item) if type_name else item for item in value)
    return row_id(type_name, value) if type_name else value


def _address(address: Any) -> dict[str, Any]:
    """An address keeps what it leaves out, like its form; null clears all of it."""
    names = ("line1", "line2", "city", "province", "postal_code", "country_code")
    columns = {"line1": "address_line1", "line2": "address_line2"}
    said_of = {name: None if address is None else getattr(address, name) for name in names}
    return {columns.get(name, name): text for name, text in said_of.items() if was_given(text)}
