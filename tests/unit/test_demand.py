"""What an operation costs, with its variables, and which permissions it demands."""

from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema

from gateway.graphql.demand import Demand
from gateway.graphql.documents import Documents
from schema.permissions import requires
from schema.refusals import Refusal

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type Shop implements Node { id: ID! owner: Person }
    type Person implements Node {
        id: ID!
        shop: Shop
        pets(first: Int, last: Int): PetConnection!
        tags: [Tag!]!
    }
    type Tag { name: String }
    type Pet { id: ID! owner: Person! }
    type PetConnection { nodes: [Pet!]! edges: [PetEdge!]! pageInfo: Page! totalCount: Int! }
    type PetEdge { node: Pet! cursor: String! }
    type Page { hasNextPage: Boolean! }
    type PersonConnection { nodes: [Person!]! pageInfo: Page! totalCount: Int! }
    type Query {
        node(id: ID!): Node
        nodes(ids: [ID!]!): [Node]!
        people(first: Int, last: Int): PersonConnection!
        person: Person
    }
""")


def demand(text: str, variables: dict[str, Any], schema: GraphQLSchema = SCHEMA) -> Demand:
    (operation,) = Documents(schema).read(text).operations
    return operation.demand(schema, variables)


def cost(text: str, **variables: Any) -> int:
    return demand(text, variables).cost(variables)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{__typename}", 0),
        ("{person{id}}", 1),
        ("{person{shop{owner{id}}}}", 3),
        ("{person{tags{name}}}", 2),
        ("{people{totalCount}}", 1),
        ("{people{pageInfo{hasNextPage}}}", 1),
        ("{people(first: 50){nodes{id}}}", 51),
        ("{people{nodes{id}}}", 26),
        ("{people(first: 0){nodes{shop{id}}}}", 1),
        ("{people(last: 7){nodes{id}}}", 8),
        ("{people(first: 10){nodes{shop{id} pets(first: 5){nodes{id}}}}}", 1 + 10 * (1 + 1 + 6)),
        ("{people(first: 10){nodes{pets(first: 5){edges{cursor node{id}}}}}}", 1 + 10 * (1 + 6)),
        ('{nodes(ids: ["a", "b", "c"]){id}}', 3),
        ("{node(id: 1){id ... on Person{shop{id}} ... on Shop{owner{shop{id}}}}}", 3),
        ("{person{shop{id}} ...again} fragment again on Query{person{shop{id}}}", 2),
        ("{a: person{id} b: person{id}}", 2),
        ("{person{shop @skip(if: true){id}}}", 1),
        ("{__schema{types{name}}}", 2_500),
    ],
)
def test_objects_cost_a_point_and_pages_multiply(text: str, points: int) -> None:
    assert cost(text) == points


def test_the_page_size_is_the_variable_s_value() -> None:
    text = "query($n: Int){people(first: $n){nodes{id}}}"
    assert [cost(text, n=n) for n in (0, 10, None)] == [1, 11, 26]


def test_ids_in_a_variable_are_counted() -> None:
    assert cost("query($ids: [ID!]!){nodes(ids: $ids){id}}", ids=["a", "b"]) == 2


def test_what_is_skipped_costs_nothing() -> None:
    text = "query($with: Boolean!){person{id shop @include(if: $with){id}}}"
    assert [cost(text, **{"with": True}), cost(text, **{"with": False})] == [2, 1]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{people(first: 101){nodes{id}}}", {}),
        ("{people(first: -1){nodes{id}}}", {}),
        ("query($n: Int){people(last: $n){nodes{id}}}", {"n": 101}),
        ("query($ids: [ID!]!){nodes(ids: $ids){id}}", {"ids": ["a"] * 101}),
    ],
)
def test_a_page_beyond_a_hundred_is_bad_input(text: str, variables: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        demand(text, variables).cost(variables)
    assert caught.value.code == "BAD_USER_INPUT"
    assert caught.value.locations


def test_doubled_fragments_are_planned_once() -> None:
    spread = "shop{owner{...f%(next)d}} pets{nodes{owner{...f%(next)d}}}"
    chain = "".join(f"fragment f{n} on Person{{{spread % {'next': n + 1}}}}" for n in range(3))
    planned = demand("{person{...f0}}" + chain + "fragment f3 on Person{id}", {})
    assert len(planned.selections) < 20


def test_a_field_s_permission_is_found_through_fragments() -> None:
    @strawberry.type
    class Query:
        open: str = strawberry.field(default="", metadata=requires("public"))
        closed: str = strawberry.field(default="", metadata=requires("audit:read"))

    compiled = strawberry.Schema(Query)._schema
    planned = demand("{open ...a} fragment a on Query{closed}", {}, compiled)
    with pytest.raises(Refusal) as caught:
        planned.enforce(None)
    assert caught.value.code == "UNAUTHENTICATED"
    demand("{open}", {}, compiled).enforce(None)
