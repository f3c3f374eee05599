"""What people may ask to move: amounts above zero, in the wallet's currency, of whole minor units.

Whether the money is there is asked where it is posted.
"""

from __future__ import annotations

from decimal import Decimal

from models.rules.errors import ErrorCode, Problem
from models.rules.money import amount_violation, minor_digits_violation
from models.rules.text import note_violation, required_violation
from models.rules.violation import Violation

AMOUNT = ("amount",)
CODE_SHOWN = 3  # letters of ISO 4217; what else somebody sent is not repeated to them
WORDS_LONGEST = 255
NOT_POSITIVE = Violation(ErrorCode.OUT_OF_RANGE, "must be above zero")


def movement_problems(
    amount: Decimal, currency_code: str, wallet_currency_code: str
) -> tuple[Problem, ...]:
    """All that is wrong with an amount given by a person for a wallet."""
    problems = []
    violation = amount_violation(amount)
    if violation is None and amount <= 0:
        violation = NOT_POSITIVE
    violation = violation or minor_digits_violation(amount, wallet_currency_code)
    if violation is not None:
        problems.append(violation.at(*AMOUNT))
    if currency_code != wallet_currency_code:
        sentence = (
            f"The account's currency is {wallet_currency_code}, not {currency_code[:CODE_SHOWN]}."
        )
        problems.append(Problem(ErrorCode.CURRENCY_MISMATCH, ("currencyCode",), sentence))
    return tuple(problems)


def words_violation(words: str | None, *, is_needed: bool) -> Violation | None:
    """Check what somebody says of a movement: it stands on papers, in mails and statements."""
    if is_needed and (missing := required_violation(words)):
        return missing
    return note_violation(words or "", WORDS_LONGEST)
