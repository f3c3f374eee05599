"""How plans are found again, what is asked for them, and which schemas are refused."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from graphql.execution.values import VariableValues
from strawberry.schema.config import StrawberryConfig

from schema.permissions import SIGNED_IN
from schema.reads import (
    EVERYONE,
    Node,
    Order,
    Source,
    column,
    execute,
    installed,
    loaded,
    node,
    root_items,
    root_list,
)
from schema.reads.plan import MOST_PLANS, Plans, Question, Request, Statement
from schema.scalars import SCALARS


def request(**variables: Any) -> Request:
    return Request(VariableValues({}, variables), None)


def made(plans: Plans[str], asked: Request, compiler: Callable[[Statement], str]) -> str:
    statement = Statement(asked)
    plan = compiler(statement)
    plans.keep(statement.asked, plan)
    return plan


def nested(statement: Statement) -> str:
    """Asks for `b` only where `a` is true."""
    a: Question = lambda r: r.variables.coerced["a"]  # noqa: E731 - two short questions
    b: Question = lambda r: r.variables.coerced["b"]  # noqa: E731 - the same
    return f"a {statement.ask(b)}" if statement.ask(a) else "no a"


def test_a_plan_fits_every_request_that_answers_the_same() -> None:
    plans: Plans[str] = Plans()
    assert plans.find(request(a=True, b=1)) is None
    made(plans, request(a=True, b=1), nested)
    assert plans.find(request(a=True, b=1)) == "a 1"
    assert plans.find(request(a=True, b=2)) is None
    assert plans.find(request(a=False, b=1)) is None
    made(plans, request(a=False, b=1), nested)
    assert plans.find(request(a=False, b=2)) == "no a"
    assert plans.find(request(a=True, b=1)) == "a 1"


def test_plans_of_one_document_are_bounded() -> None:
    plans: Plans[str] = Plans()
    for number in range(MOST_PLANS + 1):
        made(plans, request(a=True, b=number), nested)
    assert plans.find(request(a=True, b=0)) is None
    assert plans.find(request(a=True, b=MOST_PLANS)) == f"a {MOST_PLANS}"


def test_one_value_is_one_parameter() -> None:
    statement = Statement(request())
    first = statement.parameter("x", "int8", lambda _: 1)
    assert statement.parameter("y", "text", lambda _: "two") == "$2::text"
    assert statement.parameter("x", "int8", lambda _: 1) == first == "$1::int8"
    assert statement.plan("true").values(request()) == [1, "two"]


def test_a_value_read_from_a_request_is_read_once() -> None:
    asked = request()
    numbers = random.Random(1)
    assert asked.once("x", numbers.random) == asked.once("x", numbers.random)


# -------------------------------------------------------------------------- refused schemas

ROWS = Source("rows", EVERYONE)


@node(ROWS, description="Rows.")
class Thing(Node):
    name: str = column(description="Name.")


def build(query: type, *types: type) -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=dict(SCALARS))
    return installed(strawberry.Schema(query, types=types, config=config))


def test_a_field_of_rows_without_a_source_is_refused_by_name() -> None:
    @node(ROWS, description="Rows.")
    class Forgetful(Node):
        name: str = column(description="Name.")
        colour: str = strawberry.field(description="Nobody said where from.")

    @strawberry.type
    class Query:
        things: list[Forgetful] = root_items(order="name", permission=SIGNED_IN, description="All.")

    with pytest.raises(TypeError, match=r"Forgetful.colour has neither source nor resolver"):
        build(Query)


def test_a_plain_object_that_promises_rows_is_refused_by_name() -> None:
    @strawberry.type
    class Payload:
        thing: Thing | None = strawberry.field(description="Nobody reads it.")

    @strawberry.type
    class Query:
        payload: Payload | None = strawberry.field(resolver=lambda: None, description="A payload.")

    with pytest.raises(TypeError, match=r"Payload.thing leads to rows: declare it with loaded"):
        build(Query)


def test_a_plain_object_may_hold_rows_by_their_id() -> None:
    @strawberry.type
    class Payload:
        thing: Thing | None = loaded(description="Read by its id.")

    @strawberry.type
    class Query:
        payload: Payload | None = strawberry.field(resolver=lambda: None, description="A payload.")

    assert "Payload" in build(Query).as_str()


@pytest.mark.parametrize("order", ["name backwards", "name, id"])
def test_an_order_is_a_column_and_a_direction(order: str) -> None:
    with pytest.raises(ValueError, match="an order is a column"):
        root_list(order=order, permission=SIGNED_IN, description="All.")


def test_an_order_by_what_is_no_field_names_its_type() -> None:
    assert Order("coalesce({t}.name, '')", "text").sql_type == "text"


def test_a_permission_is_a_word_of_the_catalogue() -> None:
    with pytest.raises(ValueError, match="catalogue"):
        root_list(order="name", permission="things:read", description="All.")


def test_plans_of_all_documents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "MOST_PLANS_OF_ALL", 5)
    kept: execute.Keep[Plans[str]] = execute.Keep()
    documents = [object() for _ in range(4)]
    for document in documents:
        plans = kept.put(document, Plans())
        for number in range(2):
            made(plans, request(a=True, b=number), nested)
        kept.trim()
    assert [kept.get(document) is not None for document in documents] == [False, False, True, True]
