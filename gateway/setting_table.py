"""Every variable that Trunkline understands, as README's table shows them.

How they are read and checked is said in `gateway.settings`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable as README's table shows it; `secret` values are never printed."""

    name: str
    meaning: str
    default: str
    secret: bool = False


SETTINGS = (
    Setting(
        "TRUNKLINE_DATA_DIR",
        "everything embedded keeps its files here",
        "`.trunkline` in the project",
    ),
    Setting("TRUNKLINE_HOST", "the address that the listeners bind", "127.0.0.1"),
    Setting("TRUNKLINE_HTTP_PORT", "API; `0` picks a free one", "8000"),
    Setting("TRUNKLINE_DIRECTORY_PORT", "the switches' listener; `0` picks a free one", "8001"),
    Setting("TRUNKLINE_PUBLIC_URL", "what links begin with", "the API's own address"),
    Setting("TRUNKLINE_CORS_ORIGINS", "web origins that may call the API, with commas", "none"),
    Setting(
        "TRUNKLINE_TRUSTED_PROXIES",
        "addresses or networks of proxies whose `X-Forwarded-For` is believed, with commas",
        "none",
    ),
    Setting(
        "TRUNKLINE_POINTS_PER_MINUTE",
        "query cost a principal may spend; `0` = no limit",
        "60000",
    ),
    Setting("TRUNKLINE_TRUSTED_DOCUMENTS_ONLY", "`1` answers only documents known here", "0"),
    Setting("TRUNKLINE_PRODUCTION", "`1` serves no GraphiQL", "0"),
    Setting(
        "TRUNKLINE_WORKER_METRICS",
        "where the worker answers Prometheus about workflows and their steps (`host:port`)",
        "none",
    ),
    Setting("TRUNKLINE_SHOW_SQL", "`1` logs the statement of each read with its plan", "0"),
    Setting(
        "TRUNKLINE_DIRECTORY_CACHE_MILLISECONDS",
        "how long a switch may keep a device it looked up",
        "30000",
    ),
    Setting(
        "DATABASE_URL",
        "use this PostgreSQL (15 or newer) instead of the embedded one",
        "embedded",
        secret=True,
    ),
    Setting("TEMPORAL_ADDRESS", "use this Temporal (`host:port`)", "embedded"),
    Setting("TEMPORAL_NAMESPACE", "its namespace", "default"),
    Setting("TEMPORAL_API_KEY", "its API key", "none", secret=True),
    Setting("TEMPORAL_TLS", "`1` speaks TLS to it", "`1` with an API key, else `0`"),
    Setting("TEMPORAL_TLS_CLIENT_CERT_PATH", "client certificate, a PEM file", "none"),
    Setting("TEMPORAL_TLS_CLIENT_KEY_PATH", "its key, a PEM file", "none"),
    Setting("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "who signs the server, a PEM file", "the system's"),
    Setting("TEMPORAL_TLS_SERVER_NAME", "name in the server's certificate", "the address's"),
    Setting("TEMPORAL_CLI", "the `temporal` program of the embedded one", "found or built"),
    Setting(
        "TRUNKLINE_CONSOLE_URL",
        "Temporal's console, for links to the workflow of a job; it may ask `/codec`",
        "the embedded one",
    ),
    Setting(
        "SMTP_URL",
        "send through this server (`smtp://user:password@host:port`, or `smtps://`)",
        "the catcher",
        secret=True,
    ),
    Setting("TRUNKLINE_MAIL_FROM", "the address that mails come from", "trunkline@localhost"),
    Setting(
        "TRUNKLINE_STORAGE_URL",
        "uploads and downloads: `file:///…` or `s3://…`",
        "the data directory",
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "send traces to this collector (OTLP over HTTP, `/v1/traces` is added)",
        "none",
    ),
    Setting(
        "TRUNKLINE_SECRET_KEY",
        "seals secrets at rest and signs download links (32 characters or more); "
        "required when `DATABASE_URL` is set",
        "generated once into the data directory, mode 600",
        secret=True,
    ),
    Setting(
        "TRUNKLINE_ADMIN_EMAIL",
        "the first administrator, made when there is none",
        "`admin@localhost`",
    ),
    Setting(
        "TRUNKLINE_ADMIN_PASSWORD",
        "the first administrator's password",
        "generated and printed once",
        secret=True,
    ),
    Setting(
        "TRUNKLINE_REALM",
        "the SIP domain of the administration's devices; it stays once they have one",
        "sip.trunkline.local",
    ),
    Setting(
        "TRUNKLINE_NODE_USER",
        "what the first switch signs in with, made when there is none",
        "`switch`",
    ),
    Setting(
        "TRUNKLINE_NODE_PASSWORD",
        "the first switch's password (32 characters or more)",
        "generated once into the data directory, mode 600",
        secret=True,
    ),
    Setting(
        "TRUNKLINE_DEMO",
        "seed the demo data",
        "`1` with the embedded database, else `0`",
    ),
)
NAMES = tuple(setting.name for setting in SETTINGS)
SECRETS = frozenset(setting.name for setting in SETTINGS if setting.secret)
