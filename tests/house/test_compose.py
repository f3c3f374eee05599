"""`docker-compose.yml` is the same system on real servers, with no secret of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from gateway.__main__ import COMMANDS
from gateway.setting_table import NAMES, SECRETS
from gateway.settings import PROJECT

TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
ONCE = {"migrate", "temporal-schema", "temporal-namespace"}
OURS = {"migrate", "api", "directory", "worker"}
KEEPING = {"postgres", "temporal-postgres", "mail", *OURS}


def test_every_part_of_the_system_is_a_service() -> None:
    wanted = {"postgres", "temporal", "temporal-ui", "mail", *OURS}
    assert wanted <= set(SERVICES)


def test_api_and_worker_run_twice() -> None:
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("api", "worker")] == [2, 2]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_whatever_stays_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(KEEPING))
def test_whatever_keeps_something_keeps_it_in_a_named_volume(name: str) -> None:
    volumes = {mount.partition(":")[0] for mount in SERVICES[name]["volumes"]}
    assert volumes <= set(COMPOSE["volumes"])


def test_nothing_starts_before_what_it_needs() -> None:
    for name in ("api", "directory", "worker"):
        needed = SERVICES[name]["depends_on"]["migrate"]
        assert needed == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_no_secret_has_a_default() -> None:
    secrets = {name: text for name, text in _environment() if _is_secret(name)}
    assert secrets
    for name, text in secrets.items():
        assert re.search(r"\$\{[A-Z_]+:\?[^}]+\}", text), name


def test_every_secret_that_is_asked_for_stands_empty_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    lines = (PROJECT / ".env.example").read_text().splitlines()
    assert {line for line in lines if not line.startswith("#")} == {f"{name}=" for name in asked}


def test_our_services_are_told_only_settings_that_exist() -> None:
    told = {name for service in OURS for name in SERVICES[service]["environment"]}
    assert told <= set(NAMES)


def test_our_services_run_commands_that_exist() -> None:
    named = {SERVICES[name]["command"][0] for name in OURS - {"migrate"}}
    named |= set(re.findall(r"gateway (\w+)", SERVICES["migrate"]["entrypoint"][-1]))
    assert named <= set(COMMANDS)


def test_the_image_runs_without_root_and_installs_by_hash() -> None:
    image = (PROJECT / "Dockerfile").read_text()
    assert "\nUSER trunkline\n" in image
    assert "--require-hashes" in image


def _environment() -> list[tuple[str, str]]:
    return [
        (name, str(text))
        for service in SERVICES.values()
        for name, text in service.get("environment", {}).items()
    ]


def _is_secret(name: str) -> bool:
    return name in SECRETS - {"SMTP_URL"} or name.endswith(("PASSWORD", "PWD"))
