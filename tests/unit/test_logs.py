"""A log line is one JSON object that holds what was said and who it was about."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from gateway.logs import JsonLines


def test_a_line_holds_the_sentence_its_part_and_what_stands_beside_it() -> None:
    line = _line("opened %s", "4711", extra={"viewer": "admin", "request_id": "r1", "job_id": 7})
    assert line["message"] == "opened 4711"
    assert (line["part"], line["level"], line["logger"]) == ("api", "info", "trunkline.test")
    assert (line["viewer"], line["request_id"], line["job_id"]) == ("admin", "r1", 7)
    assert line["at"].endswith("+00:00")


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert _line("sent", extra={"to": {1, 2}})["to"] == "{1, 2}"


def test_a_line_break_in_a_value_does_not_break_the_line() -> None:
    record = _record("one\ntwo")
    assert "\n" not in JsonLines("api").format(record)


def test_an_error_is_logged_whole() -> None:
    try:
        int("no number")
    except ValueError:
        line = json.loads(JsonLines("api").format(_record("failed", exc_info=sys.exc_info())))
    assert "ValueError: invalid literal" in line["error"]
    assert "test_an_error_is_logged_whole" in line["error"]


def _line(message: str, *values: object, extra: dict[str, object]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(JsonLines("api").format(_record(message, *values, **extra)))
    return line


def _record(
    message: str, *values: object, exc_info: Any = None, **extra: object
) -> logging.LogRecord:
    logger = logging.getLogger("trunkline.test")
    return logger.makeRecord(
        logger.name, logging.INFO, __file__, 1, message, values, exc_info, extra=extra
    )
