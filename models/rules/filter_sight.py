"""What a filter may name: resellers that its asker does not see are none to it.

Which rows it matches is `filters`, and within whose tenancy is settled elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from models.rules.filters import NOBODY, Criterion, Filter, parsed
from models.rules.viewer import Viewer


def within_sight(given: Filter, criteria: Mapping[str, Criterion], viewer: Viewer) -> Filter:
    """The same filter, in which a reseller that the viewer does not see is one that never was.

    Rows stand under whoever is above them, seen or not: their own reseller is the one to hide.
    """
    if viewer.is_staff:
        return given
    return {name: _sighted(name, value, criteria, viewer) for name, value in given.items()}


def _sighted(name: str, value: Any, criteria: Mapping[str, Criterion], viewer: Viewer) -> Any:
    if value is None:
        return None
    if name in {"and", "or"}:
        return [within_sight(inner, criteria, viewer) for inner in value]
    if name == "not":
        return within_sight(value, criteria, viewer)
    if not criteria[name].of_resellers:
        return value
    if isinstance(value, Mapping):
        return {operator: _of_seen(operand, viewer) for operator, operand in value.items()}
    return _of_seen(value, viewer)


def _of_seen(value: Any, viewer: Viewer) -> Any:
    """Ids as they are or nobody's; `isNull` and null are no ids."""
    if isinstance(value, list):
        return [_of_seen(item, viewer) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return value if parsed("uuid", value) in viewer.reseller_ids else NOBODY
