"""The data directory: who holds it, generated secrets, remembered ports, notes for others.

The files of the embedded servers lie in it too and are theirs.
"""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gateway.ports import Promise, promise, promise_near
from gateway.secret_file import write_secret
from gateway.settings import RUNNING_FILE

READY_FILE = "ready.json"
SECRET_BYTES = 32
# PostgreSQL's own account passes the folder when root runs us; nobody lists it.
OPEN_TO_PASS = 0o711
PRIVATE = ("logs", "mails", "files", "temporal")  # folders that hold what customers said


class DataDirTakenError(Exception):
    """Another supervisor holds this data directory."""


class DataDir:
    """A folder that one supervisor holds; use it inside `held`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._promises: list[Promise] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it until the end of the block. Raises DataDirTakenError."""
        self._furnish()
        with (self.path / "supervisor.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DataDirTakenError(
                    f"Trunkline already runs in {self.path}: stop it, "
                    "or set TRUNKLINE_DATA_DIR to another folder"
                ) from None
            self.withdraw()
            try:
                yield
            finally:
                self.withdraw()
                for promised in self._promises:
                    promised.release()

    def _furnish(self) -> None:
        self.path.mkdir(mode=OPEN_TO_PASS, parents=True, exist_ok=True)
        for name in PRIVATE:
            (self.path / name).mkdir(exist_ok=True)
            (self.path / name).chmod(0o700)

    def log(self, name: str) -> Path:
        """Where a process writes its lines."""
        return self.path / "logs" / f"{name}.log"

    def secret(self, name: str) -> str:
        """A secret that is generated once and kept, mode 600."""
        path = self.path / name
        if not path.exists():
            self.path.mkdir(mode=OPEN_TO_PASS, parents=True, exist_ok=True)
            write_secret(path, secrets.token_urlsafe(SECRET_BYTES))
        return path.read_text()

    def holds(self, name: str) -> bool:
        """Whether a generated secret is there and has not served yet."""
        return (self.path / name).exists()

    def forget(self, name: str) -> None:
        """Remove a generated secret that has served."""
        (self.path / name).unlink(missing_ok=True)

    def port(self, wanted: int, host: str) -> bool:
        """Whether exactly this port is to be had; it is then ours while we hold the directory."""
        promised = promise(wanted, host)
        self._promises += [promised] if promised else []
        return promised is not None

    def ports(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """A port of ours for each name: last time's, else the wanted one, else any; remembered."""
        memory = self.path / "ports.json"
        last: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
        chosen = {name: promise_near(last.get(name, port)) for name, port in wanted.items()}
        self._promises += chosen.values()
        numbers = {name: promised.port for name, promised in chosen.items()}
        memory.write_text(json.dumps({**last, **numbers}))
        return numbers

    def tell_parts(self, environment: Mapping[str, str]) -> None:
        """Write down what the parts are to know, mode 600."""
        write_secret(self.path / RUNNING_FILE, json.dumps(environment, indent=2))

    def tell_ready(self, addresses: Mapping[str, object]) -> None:
        """Write down where everything answers, mode 600."""
        write_secret(self.path / READY_FILE, json.dumps(addresses, indent=2) + "\n")

    def withdraw(self) -> None:
        """Take the notes back: nothing answers any more."""
        for name in (READY_FILE, RUNNING_FILE):
            (self.path / name).unlink(missing_ok=True)
