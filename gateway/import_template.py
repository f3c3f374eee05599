"""GET /imports/template.csv: a list without rows, whose columns an import recognises by itself."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.downloads import held_file, sent
from gateway.graphql.refused import refused
from models.rules.customer_columns import ORIGINAL_COLUMNS
from models.rules.enums import JobKind
from models.rules.permissions import JOBS
from models.rules.viewer import Viewer
from schema.refusals import Code

CONTENT: Final = f"{','.join(ORIGINAL_COLUMNS)}\r\n".encode()


async def send_template(request: Request, viewer: Viewer) -> Response:
    """The file. Raises RequestRefused."""
    permission = JOBS[JobKind.IMPORT]
    if not viewer.may(permission):
        raise refused(Code.FORBIDDEN, f"This needs the permission {permission}.")
    return sent(request, held_file(CONTENT, "customers_template.csv", "text/csv"))
