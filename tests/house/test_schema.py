"""The schema describes itself, asks for permissions and keeps its shapes; every rule can fail."""

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema

from models.rules.permissions import CATALOGUE
from schema.permissions import PUBLIC, SIGNED_IN, declarations
from schema.reads import Node, Source, Visible, column, node, row
from schema.root import build
from tests.house import schema_rules
from tests.house.schema_rules import SCHEMA_RULES, SchemaRule

PETS = Source(table="pets", visible=Visible(reseller="true", customer="true"))
TOYS = Source(
    table="toys",
    visible=Visible(
        staff="{t}.pet_id = {principal_id}",
        reseller="{t}.pet_id = {principal_id}",
        customer="{t}.pet_id = {principal_id}",
    ),
)


@row(PETS, description="A pet.")
class Pet:
    name: str = column(description="Its name.")
    owner: str = strawberry.field(description="Read from nowhere.")


@node(PETS, description="A friend of a pet.")
class Friend(Node):
    name: str = column(description="Its name.")


@node(TOYS, description="A toy of whoever asks.")
class Toy(Node):
    name: str = column(description="Its name.")


@strawberry.type
class PetQueries:
    pet: Pet | None = None
    friend: Friend | None = None
    toy: Toy | None = None


SLOPPY = build_schema(
    """
    "Said without a full stop"
    scalar Colour
    "A kind." enum Kind { CAT }
    "Pages." type PetConnection { nodes: [String!] }
    "A pet." type Pet { name(in: String): String  friends: PetConnection }
    "Answers." type PetCreatePayload { pet: Pet }
    "Changes." input PetUpdateInput { "The pet." id: ID! "Its name." name: String }
    type Query { "Pets." pet: Pet "A colour." colour: Colour }
    type Mutation {
      "Makes." petCreate(input: PetUpdateInput!): PetCreatePayload
      "Feeds." petFeed(input: PetFeedInput!): PetFeedPayload
      "Changes." petUpdate(input: PetUpdateInput!): PetCreatePayload!
    }
    "Feeding." input PetFeedInput { "How." kind: Kind }
    "Fed." type PetFeedPayload { pet: Pet }
    """
)
BREACHES: dict[SchemaRule, set[str]] = {
    schema_rules.everything_is_described: {
        "Colour",
        "Kind.CAT",
        "Pet.name(in)",
        "PetConnection.nodes",
        "Query",
    },
    schema_rules.every_root_field_states_a_permission: {
        "Query.pet",
        "Query.colour",
        "Mutation.petCreate",
    },
    schema_rules.mutations_have_one_shape: {
        "Mutation.petCreate",
        "Mutation.petUpdate",
        "PetFeedPayload",
    },
    schema_rules.connections_have_one_shape: {"PetConnection", "Pet.friends"},
    schema_rules.changes_of_an_entity_take_its_version: {"PetUpdateInput"},
    schema_rules.own_scalars_say_what_they_are: {"Colour"},
}


OF_ROWS: dict[SchemaRule, list[str]] = {
    schema_rules.every_field_of_a_row_is_read_or_resolved: ["Pet.owner"],
    schema_rules.every_node_states_a_permission_or_is_its_principals_own: ["Friend"],
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build()._schema


@pytest.mark.parametrize("rule", SCHEMA_RULES, ids=lambda rule: rule.__name__)
def test_every_part_of_the_schema_keeps_the_rule(rule: SchemaRule, schema: GraphQLSchema) -> None:
    places = list(rule(schema))
    assert not places, "\n".join(places)


def test_every_stated_permission_is_a_word_of_the_catalogue(schema: GraphQLSchema) -> None:
    stated = {permission for _, permission in declarations(schema)}
    assert stated <= {*CATALOGUE, PUBLIC, SIGNED_IN}


@pytest.mark.parametrize("rule", BREACHES, ids=lambda rule: rule.__name__)
def test_a_breach_in_the_schema_is_seen(rule: SchemaRule) -> None:
    assert BREACHES[rule] <= set(rule(SLOPPY))


def test_a_breach_in_declared_rows_is_seen() -> None:
    pets = strawberry.Schema(query=PetQueries)._schema
    assert {rule: list(rule(pets)) for rule in OF_ROWS} == OF_ROWS


def test_every_schema_rule_is_proven_by_a_breach() -> None:
    assert {*BREACHES, *OF_ROWS} == set(SCHEMA_RULES)
