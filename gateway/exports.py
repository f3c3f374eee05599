"""GET /exports/customers.csv and .jsonl: a list that is short enough, at once and without a job.

What may be asked is what `customerExportStart` takes; longer lists are for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, cast

import strawberry
from graphql import OperationDefinitionNode, get_variable_values, parse
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types.arguments import convert_argument

from gateway.downloads import held_file, sent
from gateway.graphql.asked import loaded
from gateway.graphql.limits import REPORTED_ERRORS
from gateway.graphql.refused import bad_request, coded, refused
from gateway.limits import Points
from models.jobs.export import MOST_AT_ONCE, export_at_once, file_name
from models.rules.enums import JobKind
from models.rules.permissions import JOBS
from models.rules.viewer import Viewer
from schema.inputs import refuse_nul
from schema.jobs.export_customers import CustomerExportStartInput
from schema.refusals import Code

POINTS: Final = 1_000  # of the caller's, for one file: ten pages of the list
FORMS: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}  # each an ExportFormat
_PARTS: Final = ("where", "orderBy", "columns")
_ASKED: Final = parse("query ($input: CustomerExportStartInput!) { __typename }").definitions[0]


class Exports:
    """Serves lists as files."""

    def __init__(self, schema: strawberry.Schema, points: Points) -> None:
        self._schema = schema
        self._points = points

    async def send(self, request: Request, viewer: Viewer) -> Response:
        """The file. Raises RequestRefused, DomainError for what the filter can not be.

        All of it is there before its first byte leaves, so that none breaks off in the middle.
        """
        permission = JOBS[JobKind.EXPORT]
        if not viewer.may(permission):
            raise refused(Code.FORBIDDEN, f"This needs the permission {permission}.")
        if (form := request.path_params["form"]) not in FORMS:
            raise bad_request(f"There are {', '.join(FORMS)} files.", HTTPStatus.NOT_FOUND)
        asked = self._read({"format": form.upper(), **_parts(request)})
        plan = asked.plan(viewer)
        self._points.spend(str(viewer.principal_id), POINTS)
        content = await export_at_once(plan)
        if content is None:
            raise bad_request(
                f"More than {MOST_AT_ONCE} customers match; customerExportStart writes them all."
            )
        name = file_name(plan, datetime.now(UTC))
        return sent(request, held_file(content, name, FORMS[form]))

    def _read(self, given: Mapping[str, Any]) -> CustomerExportStartInput:
        """What a variable of that type would be, refused with the same words."""
        variables = cast("OperationDefinitionNode", _ASKED).variable_definitions or ()
        found = get_variable_values(
            self._schema._schema,  # noqa: SLF001 - the compiled schema has no other name
            variables,
            {"input": given},
            max_errors=REPORTED_ERRORS,
        )
        if isinstance(found, list):
            raise coded(Code.BAD_USER_INPUT, found)
        form = convert_argument(
            found.coerced["input"],
            CustomerExportStartInput,
            self._schema.schema_converter.scalar_registry,
            self._schema.config,
        )
        refuse_nul(form)
        return cast("CustomerExportStartInput", form)


def _parts(request: Request) -> dict[str, Any]:
    """The parts of the query string: JSON, and names of columns with commas between them."""
    parts: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name not in _PARTS or name in parts:
            raise bad_request(f"Ask with {', '.join(_PARTS)}, each once at most.")
        is_list = name == "columns"
        parts[name] = text.split(",") if is_list else loaded(text.encode(errors="surrogatepass"))
    return parts
