"""The filter inputs of every list, and how a Where type says what its keys stand on.

What an operator means is a rule of `models/rules/filters`; here it only gets its GraphQL shape.

    @strawberry.input(description="Which devices.")
    class SipDeviceWhere:
        username: StringFilter | None = filter_on("username", description="The user name.")
        stuck_longer_than_seconds: int | None = condition(
            "{t}.provisioned_at < now() - make_interval(secs => {value})", "int4", description="…"
        )

`@where` instead of `@strawberry.input` adds `and`, `or` and `not`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Generic, TypedDict, TypeVar, Unpack, cast
from uuid import UUID

import strawberry
from strawberry.types.base import StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from models.rules import filters as rules
from models.rules.filters import Criterion, Kind, template
from schema.scalars import type_and_id

Word = TypeVar("Word")
Declared = TypeVar("Declared", bound=type)

_KEY: Final = "criterion"
NOBODY: Final = rules.NOBODY


def _optional(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=strawberry.UNSET, name=name, description=description)


@strawberry.input(description="Conditions on a text; several hold together.")
class StringFilter:
    """Compared without regard to case, except account numbers; % and _ are plain characters."""

    eq: str | None = _optional("Equals.")
    ne: str | None = _optional("Differs, also where there is no value.")
    in_: list[str] | None = _optional("Equals one of these.", "in")
    contains: str | None = _optional("Contains.")
    not_contains: str | None = _optional("Does not contain, also where there is no value.")
    starts_with: str | None = _optional("Begins with.")
    ends_with: str | None = _optional("Ends with.")
    is_null: bool | None = _optional("true: has no value; false: has one.")


@strawberry.input(description="Conditions on a whole number; several hold together.")
class IntFilter:
    """Whole numbers."""

    eq: int | None = _optional("Equals.")
    ne: int | None = _optional("Differs, also where there is no value.")
    in_: list[int] | None = _optional("Equals one of these.", "in")
    gt: int | None = _optional("Greater than.")
    gte: int | None = _optional("Greater than or equal.")
    lt: int | None = _optional("Less than.")
    lte: int | None = _optional("Less than or equal.")


@strawberry.input(description="Conditions on an exact number; several hold together.")
class DecimalFilter:
    """Amounts compare in each account's own currency."""

    eq: Decimal | None = _optional("Equals.")
    ne: Decimal | None = _optional("Differs, also where there is no value.")
    gt: Decimal | None = _optional("Greater than.")
    gte: Decimal | None = _optional("Greater than or equal.")
    lt: Decimal | None = _optional("Less than.")
    lte: Decimal | None = _optional("Less than or equal.")


@strawberry.input(description="Conditions on an instant; several hold together.")
class DateTimeFilter:
    """Instants, and days of the viewer's own zone."""

    gt: datetime | None = _optional("After.")
    gte: datetime | None = _optional("At or after.")
    lt: datetime | None = _optional("Before.")
    lte: datetime | None = _optional("At or before.")
    on: date | None = _optional("On this day of your zone.")
    not_on: date | None = _optional("On another day of your zone, or no value.")
    since: date | None = _optional("On this day of your zone or later.")
    until: date | None = _optional("On this day of your zone or earlier.")
    is_null: bool | None = _optional("true: has no value; false: has one.")


@strawberry.input(description="Conditions on a reference; several hold together.")
class IdFilter:
    """Global ids; one that is malformed or of another type matches nothing."""

    eq: strawberry.ID | None = _optional("Is this object.")
    ne: strawberry.ID | None = _optional("Is another object, or none.")
    in_: list[strawberry.ID] | None = _optional("Is one of these objects.", "in")
    is_null: bool | None = _optional("true: refers to nothing; false: to something.")


@strawberry.input(description="Conditions on a word of a closed list; several hold together.")
class Filter(Generic[Word]):
    """`Filter[AccountStatus]` is `AccountStatusFilter` in the schema."""

    eq: Word | None = _optional("Equals.")
    ne: Word | None = _optional("Differs.")
    in_: list[Word] | None = _optional("Equals one of these.", "in")


@strawberry.input(description="A span of time.")
class DateTimeRange:
    """Half-open."""

    from_: datetime = strawberry.field(name="from", description="The first instant in it.")
    to: datetime = strawberry.field(description="The first instant after it.")


_KINDS: Final[Mapping[type, Kind]] = {
    StringFilter: Kind.TEXT,
    IntFilter: Kind.NUMBER,
    DecimalFilter: Kind.AMOUNT,
    DateTimeFilter: Kind.INSTANT,
    IdFilter: Kind.ID,
}


class Options(TypedDict, total=False):
    """What may be said of a criterion; see `models.rules.filters.Criterion`."""

    exact: bool
    folded: str
    within: str
    lifts_listed: bool
    of_resellers: bool


def filter_on(column: str | Criterion, *, description: str, **options: Unpack[Options]) -> Any:
    """A key of a Where type over a column or template, its operators those of the field's type.

    exact: text compares with regard to case. A Criterion of the models may be given whole.
    """
    return _declared(column, description, options)


def condition(sql: str, value_type: str, *, description: str, of_resellers: bool = False) -> Any:
    """A key whose value stands in a whole condition as `{value}`, of this SQL type."""
    whole = Criterion(sql, Kind.CONDITION, value_type=value_type, of_resellers=of_resellers)
    return _declared(whole, description, {})


def search_in(folded: str, *, description: str) -> Any:
    """A key whose text is looked for anywhere in a column that is folded already."""
    return _declared(Criterion(template(folded), Kind.SEARCH), description, {})


def where(*, description: str) -> Callable[[Declared], Declared]:
    """An input whose keys are criteria, with `and`, `or` and `not` over itself."""

    def declare(cls: Declared) -> Declared:
        own = cls.__name__
        for name, kind, sentence in (
            ("and", f"list[{own}] | None", "All of these hold."),
            ("or", f"list[{own}] | None", "At least one of these holds."),
            ("not", f"{own} | None", "This does not hold."),
        ):
            cls.__annotations__[f"{name}_"] = kind
            setattr(cls, f"{name}_", _optional(sentence, name))
        return strawberry.input(cls, description=description)

    return declare


def criteria_of(where_type: type) -> Mapping[str, Criterion]:
    """The criteria of a Where type by their GraphQL names, each with the kind of its field."""
    definition = get_object_definition(where_type, strict=True)
    return {
        _graphql_name(field): _criterion(field, where_type)
        for field in definition.fields
        if field.graphql_name not in {"and", "or", "not"}
    }


def plain(given: Mapping[str, Any], criteria: Mapping[str, Criterion]) -> dict[str, Any]:
    """A filter as the API took it, with uuids for global ids and text for words."""
    return {name: _plain(name, value, criteria) for name, value in given.items()}


def stored(given: Any) -> dict[str, Any]:
    """A Where object as JSON for a job's input: the same keys, ids as uuids, numbers as text."""
    criteria = criteria_of(type(given))
    return cast("dict[str, Any]", _json(plain(_mapping(given), criteria)))


def _declared(column: str | Criterion, description: str, options: Options) -> Any:
    exact = options.get("exact", False)
    criterion = (
        column
        if isinstance(column, Criterion)
        else Criterion(
            template(column),
            Kind.EXACT if exact else Kind.TEXT,
            folded=options.get("folded", ""),
            within=template(options["within"]) if "within" in options else "",
            lifts_listed=options.get("lifts_listed", False),
            of_resellers=options.get("of_resellers", False),
        )
    )
    return strawberry.field(
        default=strawberry.UNSET, description=description, metadata={_KEY: criterion}
    )


def _criterion(field: StrawberryField, where_type: type) -> Criterion:
    criterion: Criterion | None = field.metadata.get(_KEY)
    if criterion is None:
        message = f"{where_type.__name__}.{field.python_name} says nothing of what it stands on"
        raise TypeError(message)
    if criterion.kind is not Kind.TEXT:
        return criterion
    return replace(criterion, kind=_kind(field.type))


def _kind(annotated: Any) -> Kind:
    if isinstance(annotated, StrawberryOptional):
        annotated = annotated.of_type
    if isinstance(annotated, LazyType):
        annotated = annotated.resolve_type()
    definition = get_object_definition(annotated)
    if definition is not None and definition.concrete_of is not None:
        return Kind.WORD
    return _KINDS[annotated]


def _graphql_name(field: StrawberryField) -> str:
    return field.graphql_name or to_camel_case(field.python_name)


def _plain(name: str, value: Any, criteria: Mapping[str, Criterion]) -> Any:
    if name in {"and", "or"} and value is not None:
        return [plain(inner, criteria) for inner in value]
    if name == "not" and value is not None:
        return plain(value, criteria)
    criterion = criteria.get(name)
    if criterion is None or not isinstance(value, dict):
        is_id = criterion is not None and criterion.value_type == "uuid"
        return _uuid(value) if is_id else _word(value)
    read = _uuid if criterion.kind is Kind.ID else _word
    return {operator: read(operand) for operator, operand in value.items()}


def _uuid(value: Any) -> Any:
    if isinstance(value, list):
        return [_uuid(item) for item in value]
    if not isinstance(value, str):
        return value
    found = type_and_id(value)
    return NOBODY if found is None else found[1]


def _word(value: Any) -> Any:
    if isinstance(value, list):
        return [_word(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _mapping(given: Any) -> dict[str, Any]:
    definition = get_object_definition(given, strict=True)
    named = ((field, getattr(given, field.python_name)) for field in definition.fields)
    return {
        _graphql_name(field): _inner(value)
        for field, value in named
        if value is not strawberry.UNSET and value is not None
    }


def _inner(value: Any) -> Any:
    if isinstance(value, list):
        return [_inner(item) for item in value]
    return _mapping(value) if get_object_definition(value) is not None else value


def _json(value: Any) -> Any:
    match value:
        case dict():
            return {name: _json(inner) for name, inner in value.items()}
        case list():
            return [_json(item) for item in value]
        case UUID() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
    return value
