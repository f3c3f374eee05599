"""`POST /cdrs`: calls that a switch reports, in its form or ours, kept and charged once.

Reports of all requests are taken in together, whatever came while the batch before was written,
up to 500: a switch that ends a thousand calls at once costs a few transactions.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import asyncpg
import orjson
from starlette.requests import Request
from tortoise.exceptions import DBConnectionError

from gateway.directory.away import Away
from gateway.directory.door import Outcome, body_of
from models.database import retried, transaction
from models.money.cdr import Cdr
from models.money.cdr_intake import Report, TakenIn
from models.rules.cdr_report import UnreadableReport, read_report
from models.rules.errors import DomainError
from models.rules.freeswitch_cdr import flat_report, is_freeswitch, is_second_leg
from models.switch.node import NodeLogin

LONGEST_BODY: Final = 4 << 20  # bytes; a report of FreeSWITCH has 10 KiB, ours 500 bytes
MOST_REPORTS: Final = 1_000  # in one request
MOST_WAITING: Final = 20_000  # reports; beyond that a switch is told to come again
BATCH_ROWS: Final = 500
BATCH_SECONDS: Final = 0.005  # longer only makes switches wait: docs/decisions/0016

GONE: Final = (OSError, DBConnectionError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """One report and whoever waits for its outcome."""

    node_id: UUID
    report: Report
    taken: asyncio.Future[TakenIn] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    arrived: float = field(default_factory=lambda: asyncio.get_running_loop().time())


class Cdrs:
    """Answers switches that report calls; `work` takes in what waits, for as long as it runs."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(MOST_WAITING)

    async def answer(self, request: Request, node: NodeLogin) -> Outcome:
        """Keep every report of the body; the same call again is answered alike. Raises Away."""
        body = await body_of(request, LONGEST_BODY)
        if body is None:
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A body has at most 4 MiB.")
        try:
            reports = _reports(body, request.headers.get("content-type", ""))
        except ValueError as malformed:
            return _refused(HTTPStatus.BAD_REQUEST, str(malformed))
        waiting = [self._put(node, report) for report in reports]
        taken = await asyncio.gather(*(each.taken for each in waiting))
        # A repeat and a call of nobody are answered like any other: the switch is done with it.
        return Outcome.said(HTTPStatus.OK, "taken", {"stored": [one.unique_id for one in taken]})

    async def work(self) -> None:
        """Take in what waits, a batch after the other."""
        while True:
            batch = [await self._queue.get()]
            await self._fill(batch)
            by_node: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
            for each in batch:
                by_node[each.node_id].append(each)
            for node_id, waiting in by_node.items():
                await _take_in(node_id, waiting)

    async def _fill(self, batch: list[_Waiting]) -> None:
        """All that waits, and what comes within the window of the first, up to a batch.

        What came while another batch was taken in has waited long enough.
        """
        try:
            async with asyncio.timeout_at(batch[0].arrived + BATCH_SECONDS):
                while len(batch) < BATCH_ROWS:
                    batch.append(await self._queue.get())
        except TimeoutError:
            return

    def _put(self, node: NodeLogin, report: Report) -> _Waiting:
        waiting = _Waiting(node.id, report)
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull as full:
            raise Away from full
        return waiting


async def _take_in(node_id: UUID, waiting: list[_Waiting]) -> None:
    async def taken_in() -> list[TakenIn]:
        async with transaction() as tx:
            reports = [each.report for each in waiting]
            return await Cdr.take_in(tx, node_id, reports, datetime.now(UTC))

    try:
        taken = await retried(taken_in)
    except Exception as fault:  # noqa: BLE001 - whatever it is, calls to come must be taken in
        await _taken_apart(node_id, waiting, fault)
        return
    for each, one in zip(waiting, taken, strict=True):
        if not each.taken.done():  # whoever waited may have gone
            each.taken.set_result(one)


async def _taken_apart(node_id: UUID, waiting: list[_Waiting], fault: Exception) -> None:
    """One report that the database refuses must not hold up the others of its batch."""
    if len(waiting) > 1 and not isinstance(fault, GONE):
        half = len(waiting) // 2
        await _take_in(node_id, waiting[:half])
        await _take_in(node_id, waiting[half:])
        return
    logger.error("calls could not be taken in", exc_info=fault, extra={"calls": len(waiting)})
    if _is_impossible(waiting, fault):
        report = waiting[0].report
        reason = fault.message if isinstance(fault, DomainError) else "It does not fit the books."
        waiting[0].report = UnreadableReport(report.unique_id, reason, report.body)
        await _take_in(node_id, waiting)
        return
    for each in waiting:
        if not each.taken.done():
            away = Away()
            away.__cause__ = fault
            each.taken.set_exception(away)


def _is_impossible(waiting: list[_Waiting], fault: Exception) -> bool:
    """Whether a call will never fit, however often it is reported: it is kept with the reason."""
    is_kept_already = isinstance(waiting[0].report, UnreadableReport)
    return isinstance(fault, DomainError | asyncpg.DataError) and not is_kept_already


def _reports(body: bytes, content_type: str) -> list[Report]:
    """The reports of a body; second legs of bridged calls are left out. Raises ValueError."""
    text: bytes | str = body
    if content_type.startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
        text = (form.get("cdr") or [""])[0]
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("The body is not JSON, nor a form with JSON in `cdr`.") from None
    bodies = parsed if isinstance(parsed, list) else [parsed]
    if not bodies or len(bodies) > MOST_REPORTS:
        raise ValueError(f"Send 1 to {MOST_REPORTS} calls at a time.")
    if not all(isinstance(each, dict) for each in bodies):
        raise ValueError("Each call is a JSON object.")
    return list(_read(bodies, named=isinstance(parsed, list)))


def _read(bodies: list[dict[str, Any]], *, named: bool) -> Iterator[Report]:
    """Each report; `named`: what is wrong is said with its place in the list, from 0."""
    for place, each in enumerate(bodies):
        if not _is_second_leg(each):
            try:
                yield read_report(_flat(each))
            except ValueError as wrong:
                raise ValueError(f"[{place}]: {wrong}" if named else str(wrong)) from None


def _flat(body: dict[str, Any]) -> Mapping[str, Any]:
    return flat_report(body) if is_freeswitch(body) else body


def _is_second_leg(body: dict[str, Any]) -> bool:
    return is_freeswitch(body) and is_second_leg(body)


def _refused(status: HTTPStatus, sentence: str) -> Outcome:
    return Outcome.said(status, "malformed", {"error": sentence})
