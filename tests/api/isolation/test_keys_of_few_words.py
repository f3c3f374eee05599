"""A key with one word of its owner's comes upon nothing that takes another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.access.principal import viewer_of_token
from schema.permissions import declared
from schema.reads.facts import source_of
from tests.api.isolation.crawl import Crawler, fields_of
from tests.api.isolation.world import World
from tests.api.product import Product, product_schema
from tests.people import Person

WORDS = ("audit:read", "billing:read", "customers:read", "panel:write")


@pytest.mark.parametrize("word", WORDS)
async def test_a_key_reads_with_its_own_word_alone(world: World, word: str) -> None:
    person = await _with_key(world.child.owner, word)
    seen = await Crawler(Product(), person).crawl()
    demanded = {name: _permission(name) for name, things in seen.things.items() if things}
    assert {permission for permission in demanded.values() if permission} <= {word}, demanded
    for place in seen.fields:
        type_name, _, field = place.partition(".")
        said = declared(fields_of(type_name)[field])
        assert said is None or ":" not in said or said == word, place


async def _with_key(owner: Person, word: str) -> Person:
    asked = {"name": word, "permissions": [word]}
    made = await Product().mutate(owner, "apiKeyCreate { secret }", **asked)
    viewer = await viewer_of_token(made["secret"])
    assert viewer is not None
    assert viewer.permissions == {word}
    return replace(owner, token=made["secret"], viewer=viewer)


def _permission(type_name: str) -> str:
    """What reading a row of this type takes; "" where it is the reader's own."""
    source = source_of(product_schema()._schema.type_map[type_name])
    assert source is not None
    return source.permission
