"""`python -m gateway COMMAND`: one process of Trunkline, or all of them under a supervisor.

Parts are imported when asked for: the mail catcher does not load GraphQL, the API no Temporal.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from gateway.logs import open_logs
from gateway.parts.options import Options
from gateway.readiness import Readiness
from gateway.setting_values import SettingsError

COMMANDS = {
    "run": "everything on this machine, under a supervisor",
    "api": "GraphQL over HTTP, uploads and downloads",
    "directory": "the switches' listener",
    "worker": "what must finish: jobs, mails, devices, billing",
    "seed": "first administrator, first switch, demo data, where they are missing",
    "mailbox": "the mail catcher, with its page",
    "doctor": "effective settings and health of everything; the exit status is the verdict",
    "schema": "print the GraphQL schema",
    "migrate": "bring the database to the newest migration",
}
QUEUES = ("interactive", "bulk", "provisioning", "billing", "mail")
AT_A_TERMINAL = frozenset(
    {"run", "doctor", "schema"}
)  # they speak to a person; the others log lines of JSON
WRONG_SETTINGS = 2
INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended


def main() -> int:
    """Run one command; the exit status is its verdict."""
    asked = _parser().parse_args()
    if asked.command not in AT_A_TERMINAL:
        open_logs(asked.command)
    part = importlib.import_module(f"gateway.parts.{asked.command}")
    options = Options(
        Readiness(asked.ready_descriptor),
        asked.smtp_port,
        asked.page_port,
        tuple(asked.subjects),
        tuple(asked.queues),
    )
    try:
        return int(part.run(options))
    except SettingsError as error:
        print("\n".join(error.complaints), file=sys.stderr)
        return WRONG_SETTINGS
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(name, help=meaning, description=meaning)
        command.set_defaults(subjects=(), queues=())
        command.add_argument("--ready-descriptor", type=int, help=argparse.SUPPRESS)
        command.add_argument("--smtp-port", type=int, default=0, help=argparse.SUPPRESS)
        command.add_argument("--page-port", type=int, default=0, help=argparse.SUPPRESS)
    subjects = "what to look at (default: everything): postgres, temporal, mail_server, …"
    commands.choices["doctor"].add_argument("subjects", nargs="*", help=subjects)
    queues = f"what to serve (default: everything): {', '.join(QUEUES)}"
    commands.choices["worker"].add_argument(
        "--queues", nargs="+", default=(), choices=QUEUES, metavar="QUEUE", help=queues
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
