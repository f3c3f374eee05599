"""Plans of mass creation as tests ask for them: prepaid accounts in dollars, whatever else differs.

How many and in which range is said by whoever asks.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.rules.enums import AccountType
from models.rules.mass_create import MassCreatePlan


def mass_plan(rate_group_id: UUID, count: int, **changes: Any) -> MassCreatePlan:
    """So many accounts with numbers of eight digits that begin with 77."""
    told = {"prefix": "77", "number_length": 8, **changes}
    return MassCreatePlan(
        count=count,
        type=AccountType.PREPAID,
        currency_code="USD",
        country_code="US",
        time_zone="UTC",
        rate_group_id=rate_group_id,
        **told,
    )
