"""What the listener counts: look-ups by question and outcome, and how long they took.

Users and nodes are in the log lines, not here: a label for each would have no bound.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

# Around the figures the listener is held to: half of all within 1 ms, 99 % within 5 ms.
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5)

LOOK_UPS = Counter(
    "trunkline_directory_lookups_total", "Look-ups by switches.", ["question", "outcome"]
)
SECONDS = Histogram(
    "trunkline_directory_lookup_seconds", "Time to answer a look-up.", buckets=_SECONDS
)
REFUSALS = Counter(
    "trunkline_sign_in_refusals_total", "Sign-ins refused by switches, by reason.", ["reason"]
)
ALERTS = Counter(
    "trunkline_sign_in_alerts_total",
    "Sources and users that were refused alarmingly often.",
    ["kind"],
)
