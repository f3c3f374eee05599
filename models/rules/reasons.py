"""Reasons of a refused row as they are kept: JSON in the words of the API.

What the reasons are is decided elsewhere.
"""

import json
from collections.abc import Sequence

from models.rules.errors import ErrorCode, Problem


def reasons_json(problems: Sequence[Problem]) -> str:
    """Reasons as they stand in a job row."""
    if not problems:
        return "[]"
    return json.dumps(
        [
            {"code": problem.code, "field": problem.field, "message": problem.message}
            for problem in problems
        ]
    )


def problems_of(reasons: str) -> tuple[Problem, ...]:
    """The other way round."""
    if reasons == "[]":
        return ()
    return tuple(
        Problem(ErrorCode(reason["code"]), tuple(reason["field"]), reason["message"])
        for reason in json.loads(reasons)
    )
