"""The one family of refusals, which every border maps once.

    Exception
    ├── DomainError        one rule is broken; the caller can mend it
    │   └── Refused        several rules of one input are broken, all listed
    └── Unavailable        nothing is wrong with the request; the same one may succeed later
        └── Throttled      it was tried too often; waiting is all that is needed

Anything else that is raised is a fault of the program and never reaches a caller in words.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why an input was refused; the API's UserErrorCode. Extended, never repurposed."""

    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    TOO_LONG = "TOO_LONG"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    IMMUTABLE = "IMMUTABLE"
    NOT_ALLOWED_FOR_PREPAID = "NOT_ALLOWED_FOR_PREPAID"
    NUMBER_SPACE_EXHAUSTED = "NUMBER_SPACE_EXHAUSTED"
    PASSWORD_TOO_WEAK = "PASSWORD_TOO_WEAK"  # noqa: S105 - a word, no secret
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    NOT_ALLOWED_FOR_POSTPAID = "NOT_ALLOWED_FOR_POSTPAID"
    RATE_MISSING = "RATE_MISSING"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    RATE_GROUP_NOT_OWNED = "RATE_GROUP_NOT_OWNED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ALREADY_DONE = "ALREADY_DONE"
    WRONG_STATE = "WRONG_STATE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNSUPPORTED_FILE = "UNSUPPORTED_FILE"


@dataclass(frozen=True, slots=True)
class Problem:
    """One violated rule: the code, the camelCase path inside the input, and a sentence."""

    code: ErrorCode
    field: tuple[str, ...]
    message: str


class DomainError(Exception):
    """A rule refuses what was asked; nothing was written."""

    def __init__(self, code: ErrorCode, field: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(code, field, message),)

    @property
    def code(self) -> ErrorCode:
        """The code of the first problem."""
        return self.problems[0].code

    @property
    def field(self) -> tuple[str, ...]:
        """The field path of the first problem."""
        return self.problems[0].field

    @property
    def message(self) -> str:
        """The sentence of the first problem."""
        return self.problems[0].message


class Refused(DomainError):
    """An input breaks one or more rules; all of them are listed. `problems` is never empty."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(first.code, first.field, first.message)
        self.problems = problems


class Unavailable(Exception):
    """Something needed is away or busy; the same request may succeed later."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class Throttled(Unavailable):
    """Too many tries: the caller has to wait, whatever it sends."""
