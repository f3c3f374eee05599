"""The schema describes itself, asks for permissions and keeps its shapes; every rule can fail."""

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema

from models.rules.permissions import CATALOGUE
from schema.permissions import PUBLIC, SIGNED_IN, declarations
from schema.reads import Source, Visible, column, row
from schema.root import build
from tests.house import schema_rules
from tests.house.schema_rules import SCHEMA_RULES, SchemaRule

PETS = Source(table="pets", visible=Visible(reseller="true", customer="true"))


@row(PETS, description="A pet.")
class Pet:
    name: str = column(description="Its name.")
    owner: str = strawberry.field(description="Read from nowhere.")


@strawberry.type
class PetQueries:
    pet: Pet | None = None


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


def test_a_field_of_a_row_that_comes_from_nowhere_is_seen() -> None:
    pets = strawberry.Schema(query=PetQueries)._schema
    assert list(schema_rules.every_field_of_a_row_is_read_or_resolved(pets)) == ["Pet.owner"]


def test_every_schema_rule_is_proven_by_a_breach() -> None:
    proven = {*BREACHES, schema_rules.every_field_of_a_row_is_read_or_resolved}
    assert proven == set(SCHEMA_RULES)
