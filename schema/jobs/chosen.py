"""Which customers a job goes over, as its inputs name them: by ids, or by a filter and its number.

Who of them is seen, and whether there are as many, is found out by the models.
"""

from collections.abc import Sequence

import strawberry

from models.jobs.choosing import Wish
from models.rules.filter_sight import within_sight
from models.rules.viewer import Viewer
from schema.accounts.customer_list import CustomerWhere
from schema.filters import NOBODY, criteria_of, stored
from schema.inputs import row_id, said


def wish(
    viewer: Viewer,
    ids: Sequence[strawberry.ID] | None,
    where: CustomerWhere | None,
    expected_count: int | None = None,
) -> Wish:
    """What somebody named; what was left out or null is absent."""
    named, chosen = said(ids), said(where)
    criteria = criteria_of(CustomerWhere)
    return Wish(
        ids=None if named is None else tuple(row_id("Customer", each) or NOBODY for each in named),
        where=None if chosen is None else within_sight(stored(chosen), criteria, viewer),
        criteria=criteria,
        expected_count=said(expected_count),
    )
