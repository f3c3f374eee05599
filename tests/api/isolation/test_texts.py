"""Every text of every mutation, in a world where the rest of the input is right.

What no text may hold, and what is far too long, is refused at its own place.
"""

from __future__ import annotations

from tests.api.isolation.ownership import Ownership
from tests.api.isolation.places import Place, texts
from tests.api.isolation.probing import Asker
from tests.api.isolation.world import World
from tests.api.product import product_schema

# Where something else is told first: that the secret is wrong, or what the probe has no right
# thing for.
TOLD_FIRST = {
    "creditNoteCreate(input.reason)": ["invoiceId"],
    "emailTemplateSet(input.template.html)": ["template", "name"],
    "emailTemplateSet(input.template.subject)": ["template", "name"],
    "emailTemplateSet(input.template.text)": ["template", "name"],
    "invoicePaymentRecord(input.note)": ["invoiceId"],
    "passwordChange(input.new)": ["current"],
    "passwordReset(input.new)": ["token"],
    "sessionCreate(input.login)": [],
    "sessionCreate(input.password)": [],
}
SAME_ANSWER_TO_ALL = {"passwordResetRequest(input.login)"}
CODES = {"CURRENCY_MISMATCH", "FORBIDDEN", "INVALID", "NOT_FOUND", "PASSWORD_TOO_WEAK", "TOO_LONG"}
CODES |= {"UNSUPPORTED_FILE"}


async def test_what_no_text_may_be_is_refused_at_its_place(world: World) -> None:
    asker = Asker.of(world.admin, await Ownership.known())
    let_through = []
    for place in texts(product_schema()._schema):
        for text in ("x" * 10_000, "a\u202eb", "a\x07b"):
            answer = await asker.ask(world.admin, place, text)
            assert answer.codes == [], (place, answer.body)
            errors = answer.data[place.root]["userErrors"]
            if not _is_told(place, errors) and str(place) not in SAME_ANSWER_TO_ALL:
                let_through.append((str(place), text[:3], str(errors)[:120]))
    assert let_through == [], "\n".join(map(str, let_through))


def _is_told(place: Place, errors: list[dict[str, object]]) -> bool:
    if str(place) in TOLD_FIRST:
        return [error["field"] for error in errors] == [TOLD_FIRST[str(place)]]
    return any(error["code"] in CODES and _is_at(place, error["field"]) for error in errors)


def _is_at(place: Place, field: object) -> bool:
    """Whether a path leads to the place, or to the list it stands in."""
    assert isinstance(field, list)
    path = [name for name in field if not name.isdigit()]
    return bool(path) and list(place.path[1:])[: len(path)] == path
