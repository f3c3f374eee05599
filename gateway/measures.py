"""What the API counts about itself, for Prometheus; labels are bounded by the schema's own words.

Figures of the tables (outbox, jobs, mails) are read from the database when they are asked for.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS: Final = Counter(
    "trunkline_graphql_requests",
    "Operations, by kind, root field and outcome (OK, or the first error's code).",
    ("kind", "field", "outcome"),
)
SECONDS: Final = Histogram(
    "trunkline_graphql_seconds",
    "Time of an operation from its arrival to its whole answer.",
    ("kind",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
COST: Final = Histogram(
    "trunkline_graphql_cost_points",
    "Cost of an operation in points.",
    buckets=(1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000),
)
SUBSCRIPTIONS: Final = Gauge("trunkline_subscriptions", "Subscriptions that are open now.")
POOL: Final = Gauge("trunkline_pool_connections", "Connections to the database.", ("pool", "state"))
OUTBOX_AGE: Final = Gauge(
    "trunkline_outbox_oldest_seconds", "Age of the oldest outbox row that waits to be delivered."
)
JOBS: Final = Gauge("trunkline_jobs", "Jobs by kind and status.", ("kind", "status"))
HANGING: Final = Gauge(
    "trunkline_devices_hanging",
    "Devices that some switch has not followed for more than a minute, by what is wanted of them.",
    ("wanted",),
)
SILENT: Final = Gauge("trunkline_switches_silent", "Switches that do not answer.")
EMAILS: Final = Gauge("trunkline_emails", "Mails of the last day by status.", ("status",))
