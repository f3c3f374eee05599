"""One request with the id of a thing in one place, and what it answers in comparable form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schema.scalars import global_id, type_and_id
from tests.api.isolation.ownership import Ownership
from tests.api.isolation.places import Filler, Place, shown_of
from tests.api.product import Answered, Product
from tests.people import Person

NEVER = UUID("01900000-0000-7000-8000-0000decea5ed")
"""Nothing ever had this id."""

# What may change while nothing is asked for: that somebody was here.
VISITS = {"sessions": ("last_used_at", "expires_at"), "api_keys": ("last_used_at",)}
_ID = re.compile(r'"([A-Za-z0-9_-]{40,})"')


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks about things, with things of their own to fill in the rest."""

    person: Person
    filler: Filler
    product: Product
    owners: Ownership

    @classmethod
    def of(cls, person: Person, owners: Ownership) -> Asker:
        """Somebody as they stand in the world; where nothing is theirs, what never was."""
        own = dict.fromkeys(owners.rows, NEVER) | owners.usable_by(person)
        ids = {name: str(global_id(name, thing)) for name, thing in own.items()}
        return cls(person, Filler(ids), Product(), owners)

    async def told(self, place: Place, type_name: str, thing: UUID) -> str:
        """What is answered, without what differs between any two answers."""
        given = global_id(type_name, thing)
        told = as_told((await self.ask(self.person, place, given)).body, given)
        return _ID.sub(self._new, told)

    async def ask(self, token: Person | str | None, place: Place, given: str) -> Answered:
        """The whole answer to whoever holds a token."""
        document, variables = self.filler.request(place, given, shown_of(place.field))
        return await self.product.send(token, document, **variables)

    def _new(self, found: re.Match[str]) -> str:
        """What the request itself has made is called new: no two answers have the same."""
        named = type_and_id(found[1])
        if named is None or named[0] not in self.owners.rows:
            return found[0]
        return found[0] if named[1] in self.owners.rows[named[0]] else '"<new>"'


def as_told(body: Mapping[str, Any], given: str) -> str:
    """An answer without the id that was given and the name of the request."""
    told = {key: value for key, value in body.items() if key != "extensions"}
    for error in told.get("errors", ()):
        error["extensions"].pop("requestId")
    return json.dumps(told, sort_keys=True).replace(given, "<the id>")
