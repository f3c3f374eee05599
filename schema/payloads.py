"""What every mutation answers: its object, and the refusals of the caller's input as userErrors.

Faults, refused sign-in and exceeded limits are top-level errors and never come through here.
"""

import strawberry

from models.rules.enums import SecretReason
from models.rules.errors import DomainError, ErrorCode, Problem
from schema.enumerations import enumeration

enumeration(
    ErrorCode,
    name="UserErrorCode",
    description="Why an input was refused. Values are added, never given another meaning.",
    values={
        "REQUIRED": "A value is missing.",
        "INVALID": "The value is malformed, or not one that is known.",
        "TOO_LONG": "The text is longer than allowed.",
        "OUT_OF_RANGE": "The number or time is outside the allowed range.",
        "TAKEN": "Something else already has this value, which must be unique.",
        "NOT_FOUND": "There is no such thing that the viewer may see.",
        "FORBIDDEN": "The viewer may see it but not do this.",
        "IMMUTABLE": "The value can not be changed any more.",
        "NOT_ALLOWED_FOR_PREPAID": "Prepaid accounts can not have this.",
        "NUMBER_SPACE_EXHAUSTED": "Fewer free numbers are left than asked for.",
        "PASSWORD_TOO_WEAK": "The password is too short, too common or too plain.",
        "INSUFFICIENT_BALANCE": "The available balance does not cover the amount.",
        "NOT_ALLOWED_FOR_POSTPAID": "Postpaid accounts can not have this.",
        "RATE_MISSING": "No exchange rate is set for the currency.",
        "CURRENCY_MISMATCH": "The currencies differ where they must be the same.",
        "RATE_GROUP_NOT_OWNED": "The rate group is not active or belongs to another owner.",
        "VERSION_CONFLICT": "It has changed since the expected version; read it again.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used before with another input.",
        "ALREADY_DONE": "It has been done before; nothing was changed.",
        "WRONG_STATE": "Its present state does not allow this.",
        "LIMIT_EXCEEDED": "There would be more of them than allowed.",
        "UNSUPPORTED_FILE": "The file is none of the kinds that are read.",
    },
)

enumeration(
    SecretReason,
    description="Why a secret is not in the answer.",
    values={
        "ALREADY_SHOWN": "This is the repeat of a call that has shown it.",
        "GIVEN_BY_CALLER": "The caller chose it.",
    },
)


@strawberry.type(
    description="Something in the input that the caller can mend. Nothing was written."
)
class UserError:
    """One problem of the caller's input."""

    code: ErrorCode = strawberry.field(description="What kind of problem it is.")
    message: str = strawberry.field(description="One sentence for a person.")
    field: list[str] = strawberry.field(
        description="The path inside `input`, outermost name first; empty: the input as a whole."
    )


@strawberry.type(description="A secret shown exactly once, in the answer of the call that made it.")
class IssuedSecret:
    """A login and its secret; never stored and never in an answer repeated by its key."""

    username: str = strawberry.field(description="What the secret belongs to.")
    secret: str | None = strawberry.field(
        default=None, description="The secret itself; null when `reason` says why."
    )
    reason: SecretReason | None = strawberry.field(
        default=None, description="Why `secret` is null; else null."
    )


@strawberry.type
class Payload:
    """Base of every payload; each subclass adds its object, and gives all its fields defaults."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Everything wrong with the input; empty when it was carried out.",
    )


def user_errors(refusal: DomainError) -> list[UserError]:
    """The one mapping from refusals of the rules to what the API says."""
    return [_user_error(problem) for problem in refusal.problems]


def _user_error(problem: Problem) -> UserError:
    return UserError(code=problem.code, message=problem.message, field=list(problem.field))
