"""How long things may take, how often they are tried again, and on which queue they wait.

Every number says why; stories hold none of their own. Tests may shorten `LIMITS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from temporalio.common import RetryPolicy


class Queue(StrEnum):
    """Task queues; each has its own slots, so that one device never waits behind a million rows."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    PROVISIONING = "provisioning"
    BILLING = "billing"
    MAIL = "mail"


@dataclass(slots=True)
class Limits:
    """What differs between a house that runs and a test that kills it."""

    # One read or one small write.
    step: timedelta = timedelta(seconds=30)
    # A piece is 1,000 rows; what takes longest is telling switches of their devices, ten commands
    # each at the pace of a switch, which four pieces share. Who dies is noticed by the heartbeat.
    piece: timedelta = timedelta(hours=1)
    # How soon a dead worker is noticed. Work goes on within five seconds of a kill; a false alarm
    # is harmless, because the second attempt waits for the first one's claim on the piece.
    piece_heartbeat: timedelta = timedelta(seconds=3)
    # A gigabyte of CSV from a slow storage.
    staging: timedelta = timedelta(hours=2)
    staging_heartbeat: timedelta = timedelta(seconds=10)
    # A million rows take seconds; an hour is a storage that hangs.
    export: timedelta = timedelta(hours=1)
    # A hundred mails at a few a second.
    mail: timedelta = timedelta(minutes=10)
    mail_heartbeat: timedelta = timedelta(seconds=30)
    # A question to each switch, of which some do not answer.
    switches: timedelta = timedelta(minutes=2)
    # A hundred thousand registrations are listed in seconds; dropping is at the switch's pace.
    sweep_of_switch: timedelta = timedelta(minutes=30)
    # A paused job looks again by itself, in case the message that it may go on was lost.
    paused_look: timedelta = timedelta(minutes=5)


LIMITS = Limits()

# Pieces of one job that run at once: more would wait for the pool, fewer leave a core idle.
WINDOW = 4
PIECE_ROWS = 1000
# An account of a billing run is several documents when periods were missed, and the numbers of an
# issuer are drawn by one piece at a time: smaller pieces let the others in sooner.
BILLING_ROWS = 250
# An account that is deleted takes ten devices along, which the switches have to be told of first:
# a piece is what people wait for when they pause.
DELETION_ROWS = 250

# Databases and switches come back; giving up would lose work. A minute between tries is polite.
UNTIL_IT_WORKS = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=60),
)

# A mail server that is away is asked again by the row's own back-off; this covers our database.
MAIL_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=5),
)

# What a schedule asks for again in a minute anyway need not be tried for ever.
NEXT_ROUND = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
