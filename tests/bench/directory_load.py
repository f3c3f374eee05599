"""Look-ups as a FreeSWITCH sends them, over kept connections, as fast as they are answered.

`wrk` asks where it is installed; a client of ours takes its own share of the same cores.
"""

from __future__ import annotations

import asyncio
import base64
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

CONNECTIONS = 4
REALM = "bench.example"
USER, PASSWORD = "bench", "p" * 40

_SCRIPT = """
math.randomseed(7)
wrk.method = "POST"
wrk.headers["Authorization"] = "Basic %(proof)s"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local form = "%(form)s"
request = function()
  local body = string.gsub(form, "NAME", tostring(math.random(%(first)d, %(last)d)))
  return wrk.format(nil, "/fs/directory", nil, body)
end
done = function(summary, latency, requests)
  io.write(string.format("figures %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    summary.errors.status + summary.errors.read + summary.errors.timeout))
end
"""
_FIGURES = re.compile(r"figures (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one measurement came to; times in milliseconds."""

    by: str
    look_ups: int
    per_second: float
    p50: float
    p99: float
    longest: float


async def measured(port: int, names: Sequence[int], seconds: float) -> Figures:
    """Ask for names between the first and the last of `names` for so long."""
    if shutil.which("wrk"):
        return await _by_wrk(port, names, seconds)
    return await _by_ourselves(port, names, seconds)


async def _by_wrk(port: int, names: Sequence[int], seconds: float) -> Figures:
    values = {"proof": _proof(), "form": _form("NAME"), "first": names[0], "last": names[-1]}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "look_up.lua"
        script.write_text(_SCRIPT % values)
        command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(script))
        process = await asyncio.create_subprocess_exec(
            *command, f"http://127.0.0.1:{port}", stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode()
    found = _FIGURES.search(said)
    if found is None or int(found[6]):
        raise AssertionError(f"not every look-up was answered: {said}")
    look_ups, duration, p50, p99, longest = (int(found[at]) for at in range(1, 6))
    rate = look_ups / duration * 1_000_000
    return Figures("wrk", look_ups, rate, p50 / 1000, p99 / 1000, longest / 1000)


async def _by_ourselves(port: int, names: Sequence[int], seconds: float) -> Figures:
    began = time.perf_counter()
    asking = (_ask(port, names, began + seconds) for _ in range(CONNECTIONS))
    taken = sorted(1000 * each for one in await asyncio.gather(*asking) for each in one)
    rate = len(taken) / (time.perf_counter() - began)
    p99 = taken[len(taken) * 99 // 100]
    return Figures("a client of ours", len(taken), rate, statistics.median(taken), p99, taken[-1])


async def _ask(port: int, names: Sequence[int], until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    while time.perf_counter() < until:
        name = str(random.choice(names))
        request = request_of(name)
        began = time.perf_counter()
        writer.write(request)
        body = await answer_of(reader)
        taken.append(time.perf_counter() - began)
        if b"a1-hash" not in body:
            raise AssertionError(f"no hash for {name}: {body!r}")
    writer.close()
    return taken


async def answer_of(reader: asyncio.StreamReader) -> bytes:
    """The body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


def request_of(name: str) -> bytes:
    """One look-up, as bytes."""
    body = _form(name)
    return (
        "POST /fs/directory HTTP/1.1\r\nHost: directory\r\n"
        f"Authorization: Basic {_proof()}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _proof() -> str:
    return base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def _form(name: str) -> str:
    return urlencode(
        {
            "hostname": "switch-1",
            "section": "directory",
            "tag_name": "domain",
            "key_name": "name",
            "key_value": REALM,
            "Event-Name": "REQUEST_PARAMS",
            "Event-Calling-File": "sofia_reg.c",
            "Event-Calling-Function": "sofia_reg_parse_auth",
            "action": "sip_auth",
            "sip_profile": "internal",
            "sip_user_agent": "A phone 1.0",
            "sip_auth_username": name,
            "sip_auth_realm": REALM,
            "sip_auth_nonce": "5f3a9c1e-0000-4000-8000-000000000000",
            "sip_auth_method": "REGISTER",
            "key": "id",
            "user": name,
            "domain": REALM,
            "ip": "192.0.2.7",
        }
    )
