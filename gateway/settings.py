"""What a process is told from outside: typed, checked at once, read from the environment here only.

Choices of the house (currency, realm, PIN length) are a row in the database and not here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.setting_table import NAMES, SECRETS
from gateway.setting_values import SettingsError, SettingValues
from models.rules.sip_secret import realm_violation

PROJECT = Path(__file__).resolve().parent.parent
RUNNING_FILE = "running.json"  # what the supervisor adds to the environment of the parts
PORTS = ("TRUNKLINE_HTTP_PORT", "TRUNKLINE_DIRECTORY_PORT")
KEY_LENGTH = 32  # characters; a key shorter than AES-256's own would be the weakest part
MOST_POINTS = 1_000_000_000
LONGEST_CACHE_MILLISECONDS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalSettings:
    """Where Temporal is; `address` is None when the embedded one is to be used."""

    address: str | None
    namespace: str
    api_key: str | None
    tls: bool
    client_certificate: Path | None
    client_key: Path | None
    server_authority: Path | None
    server_name: str | None
    cli: str | None
    console_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one process; None means embedded, generated or absent, as the table says."""

    data_dir: Path
    host: str
    http_port: int
    directory_port: int
    public_url: str | None
    cors_origins: tuple[str, ...]
    points_per_minute: int
    trusted_documents_only: bool
    production: bool
    show_sql: bool
    trusted_proxies: tuple[str, ...]
    realm: str | None
    worker_metrics: str | None
    directory_cache_milliseconds: int
    database_url: str | None
    temporal: TemporalSettings
    smtp_url: str | None
    mail_from: str
    storage_url: str
    traces_url: str | None
    secret_key: str | None
    admin_email: str
    admin_password: str | None
    node_user: str
    node_password: str | None
    demo: bool

    @property
    def needed_database_url(self) -> str:
        """The database's address. Raises SettingsError when nothing names one."""
        return self._needed("DATABASE_URL", self.database_url)

    @property
    def application_key(self) -> bytes:
        """32 bytes for `models.seal.install_key`. Raises SettingsError when nothing names a key."""
        text = self._needed("TRUNKLINE_SECRET_KEY", self.secret_key)
        return hashlib.sha256(text.encode()).digest()

    @property
    def needed_temporal_address(self) -> str:
        """Temporal's `host:port`. Raises SettingsError when nothing names one."""
        return self._needed("TEMPORAL_ADDRESS", self.temporal.address)

    @property
    def needed_smtp_url(self) -> str:
        """The mail server's address. Raises SettingsError when nothing names one."""
        return self._needed("SMTP_URL", self.smtp_url)

    def _needed(self, name: str, value: str | None) -> str:
        if value is None:
            complaint = f"{name} is not set and nothing runs in {self.data_dir}: "
            raise SettingsError([complaint + "start `make run` first, or set it"])
        return value


def own_settings() -> Settings:
    """Settings of this process alone, for the supervisor. Raises SettingsError."""
    return read_settings(os.environ)


def part_settings() -> Settings:
    """Settings of a part; a running supervisor completes the environment. Raises SettingsError."""
    return read_settings(_completed(os.environ))


def own_environment() -> dict[str, str]:
    """The variables of the table that are set, as they stand."""
    return {name: os.environ[name] for name in NAMES if os.environ.get(name, "").strip()}


def effective_environment() -> dict[str, str]:
    """The variables of the table as a part sees them, for a person; secrets are masked."""
    seen = _completed(os.environ)
    return {name: "***" if name in SECRETS else seen[name] for name in NAMES if seen.get(name)}


def environment_of_children() -> dict[str, str]:
    """What a program that we start inherits; what is meant for us alone is left out."""
    return {name: value for name, value in os.environ.items() if name not in NAMES}


def cache_dir() -> Path:
    """Where this user keeps what can be made again, such as built programs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trunkline"


def data_dir_of(environment: Mapping[str, str]) -> Path:
    """The data directory, absolute; it need not exist."""
    text = environment.get("TRUNKLINE_DATA_DIR", "").strip()
    return Path(text).expanduser().absolute() if text else PROJECT / ".trunkline"


def running_environment(data_dir: Path) -> dict[str, str]:
    """What a supervisor of this directory wrote down for its parts; empty when none runs."""
    try:
        written = json.loads((data_dir / RUNNING_FILE).read_text())
    except FileNotFoundError:
        return {}
    return {str(name): str(value) for name, value in written.items()}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Check every variable. Raises SettingsError that lists all that cannot be used."""
    values = SettingValues(environment, SECRETS)
    data_dir = data_dir_of(environment)
    database_url = values.url("DATABASE_URL", "postgresql", "postgres")
    settings = Settings(
        data_dir=data_dir,
        host=values.text("TRUNKLINE_HOST") or "127.0.0.1",
        http_port=values.port("TRUNKLINE_HTTP_PORT", 8000),
        directory_port=values.port("TRUNKLINE_DIRECTORY_PORT", 8001),
        public_url=values.url("TRUNKLINE_PUBLIC_URL", "http", "https"),
        cors_origins=_listed(values.text("TRUNKLINE_CORS_ORIGINS")),
        trusted_proxies=_listed(values.text("TRUNKLINE_TRUSTED_PROXIES")),
        realm=_realm(values),
        points_per_minute=values.whole("TRUNKLINE_POINTS_PER_MINUTE", 60_000, most=MOST_POINTS),
        trusted_documents_only=values.flag("TRUNKLINE_TRUSTED_DOCUMENTS_ONLY", default=False),
        production=values.flag("TRUNKLINE_PRODUCTION", default=False),
        worker_metrics=_address(values, "TRUNKLINE_WORKER_METRICS"),
        show_sql=values.flag("TRUNKLINE_SHOW_SQL", default=False),
        directory_cache_milliseconds=values.whole(
            "TRUNKLINE_DIRECTORY_CACHE_MILLISECONDS", 30_000, most=LONGEST_CACHE_MILLISECONDS
        ),
        database_url=database_url,
        temporal=_temporal(values),
        smtp_url=values.url("SMTP_URL", "smtp", "smtps"),
        mail_from=values.text("TRUNKLINE_MAIL_FROM") or "trunkline@localhost",
        storage_url=values.url("TRUNKLINE_STORAGE_URL", "file", "s3") or _files(data_dir),
        traces_url=values.url("OTEL_EXPORTER_OTLP_ENDPOINT", "http", "https"),
        secret_key=_key(values, "TRUNKLINE_SECRET_KEY", required=database_url is not None),
        admin_email=values.text("TRUNKLINE_ADMIN_EMAIL") or "admin@localhost",
        admin_password=values.text("TRUNKLINE_ADMIN_PASSWORD"),
        node_user=values.text("TRUNKLINE_NODE_USER") or "switch",
        node_password=_key(values, "TRUNKLINE_NODE_PASSWORD", required=False),
        demo=values.flag("TRUNKLINE_DEMO", default=database_url is None),
    )
    values.insist()
    return settings


def _completed(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment first, but a port left open there has been chosen by the supervisor."""
    said = {
        name: value
        for name, value in environment.items()
        if not (name in PORTS and value.strip() == "0")
    }
    return {**running_environment(data_dir_of(environment)), **said}


def _temporal(values: SettingValues) -> TemporalSettings:
    api_key = values.text("TEMPORAL_API_KEY")
    return TemporalSettings(
        address=_address(values, "TEMPORAL_ADDRESS"),
        namespace=values.text("TEMPORAL_NAMESPACE") or "default",
        api_key=api_key,
        tls=values.flag("TEMPORAL_TLS", default=api_key is not None),
        client_certificate=values.path("TEMPORAL_TLS_CLIENT_CERT_PATH"),
        client_key=values.path("TEMPORAL_TLS_CLIENT_KEY_PATH"),
        server_authority=values.path("TEMPORAL_TLS_SERVER_CA_CERT_PATH"),
        server_name=values.text("TEMPORAL_TLS_SERVER_NAME"),
        cli=values.text("TEMPORAL_CLI"),
        console_url=values.url("TRUNKLINE_CONSOLE_URL", "http", "https"),
    )


def _address(values: SettingValues, name: str) -> str | None:
    address = values.text(name)
    if address and not address.rpartition(":")[2].isdigit():
        values.complain(name, "must be host:port")
    return address


def _key(values: SettingValues, name: str, *, required: bool) -> str | None:
    key = values.text(name)
    if key is None and required:
        values.complain(name, "is required when DATABASE_URL is set")
    if key is not None and len(key) < KEY_LENGTH:
        values.complain(name, f"must have {KEY_LENGTH} characters or more")
    return key


def _files(data_dir: Path) -> str:
    return (data_dir / "files").as_uri()


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in (text or "").split(",") if each.strip())


def _realm(values: SettingValues) -> str | None:
    realm = values.text("TRUNKLINE_REALM")
    if realm is not None and (violation := realm_violation(realm)) is not None:
        values.complain("TRUNKLINE_REALM", violation.words)
    return realm
