"""Plans of jobs as JSON and back: dataclasses of ids, enums, amounts, instants, texts, numbers.

What a plan means is known to the job that carries it out.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Plan = TypeVar("Plan")

# Kinds of value that are not read by calling them.
_READ: Mapping[Any, Callable[[Any], Any]] = {datetime: datetime.fromisoformat}


def as_json(value: Any) -> Any:
    """The plan in what JSON knows; a dataclass becomes an object."""
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, Decimal)) else value


def from_json(kind: type[Plan], value: Mapping[str, Any]) -> Plan:
    """A plan of this dataclass; a field that the JSON does not know keeps its default."""
    hints = get_type_hints(kind)
    return kind(**{name: _revived(hints[name], value[name]) for name in hints if name in value})


def _revived(hint: Any, value: Any) -> Any:
    if value is None or hint is Any:
        return value
    if isinstance(hint, type) and is_dataclass(hint):
        return from_json(hint, value)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (inner,) = [argument for argument in arguments if argument is not type(None)]
        return _revived(inner, value)
    if origin is tuple:
        return tuple(_revived(arguments[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _revived(arguments[1], item) for key, item in value.items()}
    return _READ.get(hint, hint)(value)
