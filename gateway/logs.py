"""Log lines: one JSON object each, on standard output, for every process of ours.

What stands in `extra=` stands in the line: viewer, request_id, job_id, workflow_id. No secret does.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_QUIET = ("httpx", "httpcore", "asyncio", "mail.log")  # a line per request of a client is noise


class JsonLines(logging.Formatter):
    """One record, one line; whatever cannot be JSON is written as text."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def open_logs(part: str) -> None:
    """Send every logger of this process to standard output as JSON lines."""
    out = logging.StreamHandler(sys.stdout)
    out.setFormatter(JsonLines(part))
    logging.basicConfig(level=logging.INFO, handlers=[out], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
