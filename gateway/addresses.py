"""Where everything answers: ports of one start, what parts are told, what `ready.json` says.

Which of the servers are embedded follows from the settings alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.data_dir import DataDir
from gateway.embedded.postgres import DATABASE, USER
from gateway.ports import LOOPBACK, reached
from gateway.settings import Settings, own_environment

# What the embedded servers would like to have; another one is taken when it is not free.
WANTED = {"postgres": 15432, "temporal": 7233, "temporal_ui": 8233, "smtp": 1025, "mail_ui": 8025}
NODE_PASSWORD = "node.password"  # noqa: S105 - the name of a file
DATABASE_PASSWORD = "postgres.password"  # noqa: S105 - the name of a file
SECRET_KEY = "secret.key"  # noqa: S105 - the name of a file


class PortTakenError(Exception):
    """A port that was asked for is taken."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The ports of one start and the secrets that go with them."""

    settings: Settings
    ports: Mapping[str, int]
    database_url: str
    database_password: str
    node_password: str
    secret_key: str

    @property
    def embeds_postgres(self) -> bool:
        """Whether PostgreSQL is ours."""
        return self.settings.database_url is None

    @property
    def embeds_temporal(self) -> bool:
        """Whether Temporal is ours."""
        return self.settings.temporal.address is None

    @property
    def embeds_mailbox(self) -> bool:
        """Whether mails are caught here."""
        return self.settings.smtp_url is None

    @property
    def api(self) -> str:
        """The API's own address."""
        return f"http://{reached(self.settings.host)}:{self.ports['http']}"

    @property
    def codec(self) -> str:
        """Where the embedded console's pages ask what payloads say: as browsers reach the API."""
        return f"{(self.settings.public_url or self.api).rstrip('/')}/codec"

    @property
    def directory(self) -> str:
        """The directory listener's own address."""
        return f"http://{reached(self.settings.host)}:{self.ports['directory']}"

    def environment(self) -> dict[str, str]:
        """What the parts are told: what we were told, completed by what we chose."""
        told = {name: text for name, text in own_environment().items() if name not in _ONLY_SEED}
        told["TRUNKLINE_HTTP_PORT"] = str(self.ports["http"])
        told["TRUNKLINE_DIRECTORY_PORT"] = str(self.ports["directory"])
        told["DATABASE_URL"] = self.database_url
        told["TRUNKLINE_SECRET_KEY"] = self.secret_key
        told["TRUNKLINE_NODE_PASSWORD"] = self.node_password
        told["TRUNKLINE_DEMO"] = "1" if self.settings.demo else "0"
        told.setdefault("TRUNKLINE_PUBLIC_URL", self.api)
        told.setdefault("TEMPORAL_ADDRESS", f"{LOOPBACK}:{self.ports['temporal']}")
        if self.embeds_temporal:
            told.setdefault("TRUNKLINE_CONSOLE_URL", self._page("temporal_ui"))
        told.setdefault("SMTP_URL", f"smtp://{LOOPBACK}:{self.ports['smtp']}")
        return told

    def ready(self, pids: Mapping[str, int | None]) -> dict[str, object]:
        """What `ready.json` says; null stands for what is outside."""
        return {
            "graphql": f"{self.api}/graphql",
            "uploads": f"{self.api}/uploads",
            "directory": f"{self.directory}/fs/directory",
            "cdrs": f"{self.directory}/cdrs",
            "temporal_ui": self._page("temporal_ui") if self.embeds_temporal else None,
            "mail_ui": self._page("mail_ui") if self.embeds_mailbox else None,
            "metrics": f"{self.api}/metrics",
            "directory_user": self.settings.node_user,
            "directory_password": self.node_password,
            "database": self.database_url if self.embeds_postgres else None,
            "pids": dict(pids),
        }

    def _page(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"


_ONLY_SEED = frozenset({"TRUNKLINE_ADMIN_PASSWORD"})


def settle(settings: Settings, data_dir: DataDir) -> Addresses:
    """Choose ports and generate what is missing. Raises PortTakenError."""
    ours = {"http": settings.http_port, "directory": settings.directory_port}
    for name, port in ours.items():
        if port and not data_dir.port(port, settings.host):
            raise PortTakenError(_taken(name, port))
    fixed = {name: port for name, port in ours.items() if port}
    ports = data_dir.ports({name: port for name, port in ours.items() if not port} | WANTED) | fixed
    password = "" if settings.database_url else data_dir.secret(DATABASE_PASSWORD)
    return Addresses(
        settings=settings,
        ports=ports,
        database_url=settings.database_url or _embedded(password, ports["postgres"]),
        database_password=password,
        node_password=settings.node_password or data_dir.secret(NODE_PASSWORD),
        secret_key=settings.secret_key or data_dir.secret(SECRET_KEY),
    )


def _embedded(password: str, port: int) -> str:
    return f"postgresql://{USER}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def _taken(name: str, port: int) -> str:
    variable = {"http": "TRUNKLINE_HTTP_PORT", "directory": "TRUNKLINE_DIRECTORY_PORT"}[name]
    return f"Port {port} is taken: set {variable} to another one, or to 0 for any that is free"
