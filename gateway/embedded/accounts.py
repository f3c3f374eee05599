"""PostgreSQL refuses to run as root: this finds the account it runs as instead.

Without root there is nothing to find, and nothing is done.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from gateway.embedded.children import Account

OWN = "trunkline"
LAST_RESORT = "nobody"  # exists everywhere; its folder is closed to all others all the same


def account_for(folder: Path, *programs: Path) -> Account | None:
    """Who runs the programs and owns `folder`; None: whoever we are."""
    if os.geteuid() != 0:
        return None
    user = _owner(folder) or _known(OWN) or _enrolled() or pwd.getpwnam(LAST_RESORT)
    passes = not all(_passable(path, user) for path in (folder, *programs))
    return Account(user.pw_name, user.pw_uid, user.pw_gid, passes)


def hand_over(folder: Path, account: Account | None) -> None:
    """Make a folder that only its account can enter."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """Files that are there already decide."""
    if not folder.exists() or folder.stat().st_uid == 0:
        return None
    try:
        return pwd.getpwuid(folder.stat().st_uid)
    except KeyError:
        return None


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _enrolled() -> pwd.struct_passwd | None:
    """Make the system account, where the system lets us."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN]
    subprocess.run(command, check=False, capture_output=True)
    return _known(OWN)


def _passable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether the account can reach `path` through every folder above it."""
    return all(_enters(folder, user) for folder in path.absolute().parents)


def _enters(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
