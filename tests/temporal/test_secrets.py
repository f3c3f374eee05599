"""No secret reaches Temporal or a log, whatever becomes of the job that carried it."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest

from models.jobs.job import Job
from models.jobs.job_row import JobRow
from tests import people
from tests.temporal.conftest import House
from tests.temporal.imports import ended, file_of, line, started
from tests.temporal.test_activities import staged_job

PASSWORD = "planted-Password-7731"
SIP_SECRET = "plantedSip7731Secret"
EMAIL = "planted@import.example"
PLANTED = (PASSWORD, SIP_SECRET, EMAIL)


def _texts(node: Any) -> list[str]:
    """Every text in a history, with payloads decoded from base64."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    if not isinstance(node, str):
        return []
    try:
        return [node, base64.b64decode(node, validate=True).decode("latin-1")]
    except ValueError:
        return [node]


async def test_planted_secrets_are_in_no_history_no_log_and_no_row(
    working: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = await people.administrator()
    rates = await people.rate_group(admin)
    secrets = {"Password": PASSWORD, "SIP_Username": "planted", "SIP_Password": SIP_SECRET}
    rows = [line("71000001", EMAIL, **secrets), line("71000001", "x@import.example", **secrets)]
    job = await ended(await started(working.store, admin.viewer, rates, file_of(rows)))
    await working.closed(job.workflow_id)
    texts: list[str] = []
    async for found in working.client.list_workflows():
        history = await working.client.get_workflow_handle(found.id).fetch_history()
        texts += _texts(json.loads(history.to_json()))
    history = await working.client.get_workflow_handle(job.workflow_id).fetch_history()
    texts += _texts(json.loads(history.to_json()))
    texts += [record.getMessage() for record in caplog.records]
    for row in await JobRow.filter(job_id=job.id):
        assert row.sealed_cells is None
        texts += [*row.cells, json.dumps(row.reasons)] if row.row_no == 3 else row.cells
    texts.append(json.dumps((await Job.get(id=job.id)).input))
    assert not [text for text in texts if PASSWORD in text or SIP_SECRET in text]
    # The address may stand in the row that it came in, and nowhere else.
    assert {text for text in texts if EMAIL in text} <= {EMAIL}


async def test_secrets_are_sealed_while_their_row_waits(house: House) -> None:

    job = await staged_job(house, [line("71000001", EMAIL, Password=PASSWORD)])
    [row] = await JobRow.filter(job_id=job.id)
    assert row.sealed_cells is not None
    assert PASSWORD not in json.dumps(row.cells)
    assert PASSWORD.encode() not in row.sealed_cells
