"""Prepares `.venv` with the pinned requirements, only when they changed.

Standard library only, for it runs before anything is installed. It starts nothing of the product.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
SETS = {"run": ("run",), "test": ("test", "run")}  # the test set holds every pin of the other
FILES = {"run": "requirements.txt", "test": "requirements-test.txt"}
LAST_WORDS = 30  # lines of pip's output that usually hold the reason


def main(wanted: str) -> int:
    """Prepare the environment for `run` or `test`; two callers wait for each other."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _works():
            print(f"Making the virtual environment {FOLDER} with Python {_version()}", flush=True)
            venv.create(FOLDER, clear=True, with_pip=True)
        if _stamp(wanted).exists() and _stamp(wanted).read_text() == _fingerprint(wanted):
            return 0
        return _install(wanted)


def _works() -> bool:
    """Whether the environment is there and whole: an interrupted start may have left half of it."""
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def _install(wanted: str) -> int:
    names = ROOT / FILES[wanted]
    total = names.read_text().count("==")
    print(f"Installing {total} pinned packages (about a minute the first time)", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "--require-hashes", "-r", str(names)]
    # The `with` waits for pip to end: its exit status is known after it.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        said = _follow(pip, total)
    if pip.returncode != 0:
        print("\n".join(said[-LAST_WORDS:]), file=sys.stderr)
        print(
            "Installing failed. Without a network, pip can take packages from a folder: "
            "set PIP_FIND_LINKS and PIP_NO_INDEX=1, then repeat the command.",
            file=sys.stderr,
        )
        return 1
    for done in SETS[wanted]:
        _stamp(done).write_text(_fingerprint(done))
    return 0


def _follow(pip: subprocess.Popen[str], total: int) -> list[str]:
    """Show one moving line at a terminal, keep everything for the case of a failure."""
    said: list[str] = []
    seen = 0
    for line in pip.stdout or ():
        said.append(line.rstrip())
        if line.startswith(("Collecting ", "Requirement already")):
            seen += 1
            _show(f"  {seen} of {total}: {said[-1][:70]}")
        elif line.startswith("Installing collected"):
            _show("  unpacking")
    _show("")
    return said


def _show(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def _stamp(wanted: str) -> Path:
    return FOLDER / f"installed-{wanted}"


def _fingerprint(wanted: str) -> str:
    return hashlib.sha256((ROOT / FILES[wanted]).read_bytes()).hexdigest()


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
