"""What the house may be set to, and every rule that a change of it breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.rules.account_number import NUMBER_LONGEST
from models.rules.errors import ErrorCode, Problem
from models.rules.money import non_negative_violation
from models.rules.pin import PIN_LONGEST, PIN_SHORTEST
from models.rules.violation import Violation

# Fewer digits run out: generated numbers also avoid those of deleted accounts.
NUMBER_SHORTEST = 6

NOT_CLEARABLE = Violation(ErrorCode.REQUIRED, "can not be cleared")


@dataclass(frozen=True, slots=True)
class SettingsPatch:
    """Changes by attribute: absent keeps, a value sets; nothing can be cleared.

    Keys: pin_minimum_length, low_balance_default, account_number_length.
    """

    changes: Mapping[str, Any]

    def problems(self) -> tuple[Problem, ...]:
        """List every rule that the changes break."""
        return tuple(self._found())

    def _found(self) -> Iterator[Problem]:
        for name, value in self.changes.items():
            if value is None:
                yield NOT_CLEARABLE.at(SPOKEN[name])
            elif name == "low_balance_default":
                if violation := non_negative_violation(value):
                    yield violation.at(SPOKEN[name])
            elif value not in _RANGES[name]:
                least, most = _RANGES[name].start, _RANGES[name].stop - 1
                words = f"must be from {least} to {most}"
                yield Violation(ErrorCode.OUT_OF_RANGE, words).at(SPOKEN[name])


SPOKEN = {
    "pin_minimum_length": "pinMinimumLength",
    "low_balance_default": "lowBalanceDefault",
    "account_number_length": "accountNumberLength",
}
_RANGES = {
    "pin_minimum_length": range(PIN_SHORTEST, PIN_LONGEST + 1),
    "account_number_length": range(NUMBER_SHORTEST, NUMBER_LONGEST + 1),
}
