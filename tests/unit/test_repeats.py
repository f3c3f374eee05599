"""What is kept of a mutation for its repeat: ids and words, never a secret."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
import strawberry

from models.rules.enums import AccountType, SecretReason
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from schema.enumerations import enumeration
from schema.payloads import IssuedSecret, Payload, user_errors
from schema.repeats import canonical, keepable, revived, shown_once

ID = UUID(int=7)
AT = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)


def _pet() -> str:
    return "read from its row"


@strawberry.type
class PetPayload(Payload):
    pet_id: strawberry.Private[UUID | None] = None
    toy_ids: strawberry.Private[list[UUID] | None] = None
    made_at: datetime | None = None
    born_on: date | None = None
    count: int | None = None
    secret: IssuedSecret | None = None
    token: str | None = shown_once("A bare secret.")
    pet: str = strawberry.field(resolver=_pet)


@strawberry.input
class AddressInput:
    city: str | None = strawberry.UNSET


@strawberry.input
class PetInput:
    name: str
    idempotency_key: str | None = None
    weight: Decimal | None = None
    kind: AccountType | None = None
    tags: list[str] | None = None
    address: AddressInput | None = None
    note: str | None = strawberry.UNSET


def test_a_payload_comes_back_as_it_was() -> None:
    payload = PetPayload(
        pet_id=ID, toy_ids=[ID, UUID(int=8)], made_at=AT, born_on=date(2030, 1, 2), count=3
    )
    assert revived(PetPayload, keepable(payload)) == payload


def test_a_secret_is_not_kept_and_the_repeat_says_why() -> None:
    payload = PetPayload(secret=IssuedSecret(username="rex", secret="s3cret"), token="t0ken")
    kept = keepable(payload)
    assert "s3cret" not in str(kept)
    assert "t0ken" not in str(kept)
    again = revived(PetPayload, kept)
    assert again.token is None
    assert again.secret == IssuedSecret(
        username="rex", secret=None, reason=SecretReason.ALREADY_SHOWN
    )


def test_a_secret_of_the_caller_s_stays_said_to_be() -> None:
    given = IssuedSecret(username="rex", reason=SecretReason.GIVEN_BY_CALLER)
    assert revived(PetPayload, keepable(PetPayload(secret=given))).secret == given


def test_a_payload_with_a_whole_object_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="keep its id instead"):
        keepable(PetPayload(count=Decimal(1)))  # type: ignore[arg-type]  # what must not be kept


def test_the_key_is_no_part_of_the_input() -> None:
    assert canonical(PetInput(name="Rex", idempotency_key="a")) == canonical(
        PetInput(name="Rex", idempotency_key="b")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PetInput(name="Rex", weight=Decimal("1.50")), PetInput(name="Rex", weight=Decimal("1.5"))),
        (PetInput(name="Rex", weight=Decimal(0)), PetInput(name="Rex", weight=Decimal("0.00"))),
        (PetInput(name="Rex"), PetInput(name="Rex", note=strawberry.UNSET)),
    ],
)
def test_the_same_meaning_has_the_same_bytes(one: PetInput, other: PetInput) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    "other",
    [
        PetInput(name="rex"),
        PetInput(name="Rex", note=None),
        PetInput(name="Rex", note=""),
        PetInput(name="Rex", weight=Decimal(1)),
        PetInput(name="Rex", kind=AccountType.PREPAID),
        PetInput(name="Rex", tags=[]),
        PetInput(name="Rex", tags=["a"]),
        PetInput(name="Rex", address=AddressInput()),
        PetInput(name="Rex", address=AddressInput(city=None)),
    ],
)
def test_another_meaning_has_other_bytes(other: PetInput) -> None:
    assert canonical(PetInput(name="Rex")) != canonical(other)


def test_every_problem_of_a_refusal_is_told() -> None:
    problems = (
        Problem(ErrorCode.REQUIRED, ("name",), "A name is missing."),
        Problem(ErrorCode.TOO_LONG, ("address", "line1"), "The line is too long."),
    )
    told = [(error.code, error.field) for error in user_errors(Refused(problems))]
    assert told == [(ErrorCode.REQUIRED, ["name"]), (ErrorCode.TOO_LONG, ["address", "line1"])]
    (single,) = user_errors(DomainError(ErrorCode.TAKEN, ("email",), "It is taken."))
    assert single.message == "It is taken."


def test_words_of_an_enum_are_all_described() -> None:

    class Size(Enum):
        BIG = "BIG"
        SMALL = "SMALL"

    with pytest.raises(ValueError, match="differ in SMALL"):
        enumeration(Size, description="A size.", values={"BIG": "It is big."})
