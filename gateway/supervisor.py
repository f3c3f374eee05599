"""Everything on this machine, in order: started, watched, told of, ended.

It holds no state of its own but process numbers: killed at any moment, the next start goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.addresses import Addresses, PortTakenError, settle
from gateway.data_dir import DataDir, DataDirTakenError
from gateway.database_door import administrator_is_there, door_opens
from gateway.embedded.children import ChildError, finish
from gateway.embedded.temporal_cli import NoTemporalCliError, temporal_cli
from gateway.house_parts import mailbox_part, own_part, own_program, postgres_part, temporal_part
from gateway.settings import Settings
from gateway.supervision import Keeper, Part, PartFailedError

ADMIN_PASSWORD = "administrator.password"  # noqa: S105 - the name of a file
OWN_PARTS = ("api", "directory", "worker")
# Whoever uses another part ends before it.
CLOSING = (OWN_PARTS, ("mailbox",), ("temporal",), ("postgres",))
TOLD = ("api", "directory", "worker", "postgres", "temporal")
TICK_SECONDS = 15.0

Answer = TypeVar("Answer")


async def supervise(settings: Settings) -> int:
    """Run the house until a signal; the exit status is 0 when it ended as asked."""
    data_dir = DataDir(settings.data_dir)
    try:
        with data_dir.held():
            return await House(settle(settings, data_dir), data_dir).live()
    except (
        DataDirTakenError,
        PortTakenError,
        PartFailedError,
        ChildError,
        NoTemporalCliError,
    ) as e:
        say(str(e))
        return 1


class House:
    """The parts of one start."""

    def __init__(self, addresses: Addresses, data_dir: DataDir) -> None:
        self._addresses = addresses
        self._data_dir = data_dir
        self._began = time.monotonic()
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False

    async def live(self) -> int:
        """Open, stay, close."""
        numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup: a closed terminal is no end
            numbers.remove(signal.SIGHUP)
        for number in numbers:
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_end)
        opening = asyncio.create_task(self._open())
        try:
            await asyncio.wait({opening, self._over}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
            await self._over
            return 0
        finally:
            opening.cancel()
            await asyncio.wait({opening})
            await self._close()

    async def _open(self) -> None:
        say(f"Trunkline in {self._data_dir.path}")
        self._data_dir.tell_parts(self._addresses.environment())
        servers = asyncio.gather(self._database(), self._temporal(), self._mailbox())
        password = (await servers)[0]
        await asyncio.gather(*(self._start(own_part(name, self._data_dir)) for name in OWN_PARTS))
        self._is_open = True
        self._publish()
        self._welcome(password)
        self._data_dir.forget(ADMIN_PASSWORD)

    async def _database(self) -> str | None:
        """PostgreSQL, migrated and seeded; gives the administrator's password when we chose it."""
        if self._addresses.embeds_postgres:
            await self._start(postgres_part(self._addresses, self._data_dir))
        await door_opens(self._addresses.database_url, say)
        await self._finish("migrate", "the database: bringing it to the newest migration", {})
        chosen = self._addresses.settings.admin_password
        made = self._data_dir.secret(ADMIN_PASSWORD) if await self._owes_password() else None
        seeding = (
            "the database: first administrator, first switch, demo data where they are missing"
        )
        await self._finish("seed", seeding, {"TRUNKLINE_ADMIN_PASSWORD": chosen or made or ""})
        return made

    async def _owes_password(self) -> bool:
        """Whether a generated password is still to be shown, also after a start that failed."""
        if self._addresses.settings.admin_password is not None:
            return False
        if self._data_dir.holds(ADMIN_PASSWORD):
            return True
        return not await administrator_is_there(self._addresses.database_url)

    async def _temporal(self) -> None:
        if self._addresses.embeds_temporal:
            cli = await temporal_cli(self._addresses.settings.temporal.cli, say)
            await self._start(temporal_part(self._addresses, self._data_dir, cli))

    async def _mailbox(self) -> None:
        if self._addresses.embeds_mailbox:
            await self._start(mailbox_part(self._addresses, self._data_dir))

    async def _start(self, part: Part) -> None:
        """Start a part and wait until it is ready; from then on it is kept."""
        keeper = Keeper(part, say, self._publish)
        task = asyncio.create_task(keeper.keep())
        task.add_done_callback(self._given_up)
        self._keepers[part.name], self._tasks[part.name] = keeper, task
        await keeper.ready.wait()
        say(f"  {part.name} is ready")

    def _given_up(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not self._over.done():
            self._over.set_exception(task.exception() or RuntimeError("a part was let go"))

    async def _finish(self, name: str, sentence: str, secrets: dict[str, str]) -> None:
        program = own_program(name, self._data_dir, secrets)
        await told(f"  {sentence}", finish(program, self._data_dir.log(name)))

    def _publish(self) -> None:
        """Write down where everything answers and who it is, again after each restart."""
        if self._is_open:
            pids = {name: self._pid(name) for name in TOLD}
            self._data_dir.tell_ready(self._addresses.ready(pids))

    def _pid(self, name: str) -> int | None:
        keeper = self._keepers.get(name)
        return keeper.pid if keeper else None

    def _welcome(self, password: str | None) -> None:
        addresses = self._addresses.ready({})
        pages = ("graphql", "directory", "temporal_ui", "mail_ui", "metrics")
        for name in pages:
            if addresses[name]:
                say(f"  {name:14}{addresses[name]}")
        say(f"  {'administrator':14}{self._addresses.settings.admin_email}")
        chosen = self._addresses.settings.admin_password is not None
        known = "as set in TRUNKLINE_ADMIN_PASSWORD" if chosen else "as printed at the first start"
        shown = password or known
        say(f"  {'password':14}{shown}")
        seconds = time.monotonic() - self._began
        say(f"ready after {seconds:.1f} s; Ctrl-C stops it, {self._data_dir.path} keeps everything")

    def _asked_to_end(self) -> None:
        if self._over.done():  # the second time: no patience left
            for keeper in self._keepers.values():
                keeper.kill()
        else:
            say("stopping")
            self._over.set_result(None)

    async def _close(self) -> None:
        self._is_open = False
        self._data_dir.withdraw()
        for names in CLOSING:
            ending = {task for name, task in self._tasks.items() if name in names}
            for task in ending:
                task.cancel()
            if ending:
                await asyncio.wait(ending)
        if self._over.done() and self._over.exception() is None:
            say("stopped")


async def told(sentence: str, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do it, and say from time to time that it is still going on."""
    say(sentence)
    task = asyncio.create_task(work)
    began = time.monotonic()
    try:
        while not (await asyncio.wait({task}, timeout=TICK_SECONDS))[0]:
            say(f"    still at it, {time.monotonic() - began:.0f} s")
        return task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})


def say(sentence: str) -> None:
    """One line to whoever watches; nobody watching is no reason to stop."""
    with contextlib.suppress(BrokenPipeError):
        print(sentence, flush=True)
