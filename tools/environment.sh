#!/bin/sh
# Finds a Python that is new enough and can make virtual environments, and lets it prepare `.venv`.
# Names on PATH are tried by running them: a launcher may exist for a version that is not there.
set -eu
here=$(dirname "$0")
for python in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1; then
        exec "$python" "$here/environment.py" "$1"
    fi
done
cat >&2 <<'SAY'
No Python 3.11 or newer with the venv module was found.
Install one (Debian and Ubuntu: apt install python3 python3-venv; otherwise python.org, pyenv or uv)
or name it: make run PYTHON=/path/to/python3
SAY
exit 1
