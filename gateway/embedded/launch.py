"""Becomes a program that cannot outlive its parent, as another account where that is asked for.

Run as a script, before the program: `launch.py PARENT_PID SIGNAL ACCOUNT OPEN_FOLDERS PROGRAM …`.
It imports the standard library only, for it runs with nothing else on its path.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
# To pass folders that are closed to the account (a clone below /root): read and search, nothing
# else, and the wider right only where a container has taken the narrow one away.
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
KEEP_ACCOUNT = "-"


def main(arguments: list[str]) -> None:
    """Take the account, tie the own life to the parent's, then become the program."""
    parent, orphan_signal, account, passes, *program = arguments
    libc = ctypes.CDLL(None, use_errno=True)
    if account != KEEP_ACCOUNT:
        _become(account, libc, passes_closed_folders=passes == "1")
    if sys.platform == "linux":  # elsewhere a killed parent leaves its children behind
        libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
    if os.getppid() != int(parent):  # it died before the line above
        signal.raise_signal(signal.SIGKILL)
    os.execv(program[0], program)  # noqa: S606 - the command was built by us, and no shell is wanted


def _become(account: str, libc: ctypes.CDLL, *, passes_closed_folders: bool) -> None:
    user = pwd.getpwnam(account)
    if passes_closed_folders:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.environ["HOME"] = "/"
    if passes_closed_folders and not any(
        _keep(capability, libc) for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)
    ):
        sys.exit(f"{account} cannot pass the folders above: they are closed to others")


def _keep(capability: int, libc: ctypes.CDLL) -> bool:
    """Hold one capability across the change of account and the program's start."""
    mask = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    # Two rows of effective, permitted, inheritable: capabilities 0-31, then the rest.
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if libc.capset(header, sets) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


if __name__ == "__main__":
    main(sys.argv[1:])
