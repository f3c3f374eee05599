"""Settings: what is absent has its default, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.setting_values import SettingsError
from gateway.settings import read_settings

KEY = "k" * 32


def test_nothing_set_means_everything_embedded() -> None:
    settings = read_settings({})
    assert settings.database_url is None
    assert settings.temporal.address is None
    assert settings.smtp_url is None
    assert settings.demo
    assert (settings.http_port, settings.directory_port) == (8000, 8001)


def test_an_empty_text_counts_as_absent() -> None:
    assert read_settings({"TRUNKLINE_HTTP_PORT": "", "DATABASE_URL": " "}) == read_settings({})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TRUNKLINE_HTTP_PORT", "eighty", "a whole number from 0 to 65535"),
        ("TRUNKLINE_HTTP_PORT", "70000", "a whole number from 0 to 65535"),
        ("TRUNKLINE_DIRECTORY_PORT", "-1", "a whole number from 0 to 65535"),
        ("TRUNKLINE_POINTS_PER_MINUTE", "1.5", "a whole number"),
        ("TRUNKLINE_DEMO", "maybe", "1 or 0"),
        ("TRUNKLINE_STORAGE_URL", "/var/files", "file:// or s3://"),
        ("TRUNKLINE_STORAGE_URL", "ftp://host/files", "file:// or s3://"),
        ("TEMPORAL_ADDRESS", "temporal", "host:port"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_value(name: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({name: value})
    assert f"{name} = {value!r}: must be" in str(error.value)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:hush@host/name"),
        ("SMTP_URL", "http://user:hush@host"),
        ("TRUNKLINE_SECRET_KEY", "hush"),
        ("TRUNKLINE_NODE_PASSWORD", "hush"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({name: value})
    assert f"{name} = ***" in str(error.value)
    assert "hush" not in str(error.value)


def test_all_that_cannot_be_used_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"TRUNKLINE_HTTP_PORT": "x", "TRUNKLINE_DEMO": "y", "TEMPORAL_TLS": "z"})
    assert len(error.value.complaints) == 3


def test_an_outside_database_needs_a_key_of_its_own() -> None:
    outside = {"DATABASE_URL": "postgresql://u:p@db.example/trunkline"}
    with pytest.raises(SettingsError, match="TRUNKLINE_SECRET_KEY is not set: is required"):
        read_settings(outside)
    settings = read_settings({**outside, "TRUNKLINE_SECRET_KEY": KEY})
    assert not settings.demo


def test_the_sealing_key_has_32_bytes_and_follows_from_the_text_alone() -> None:
    one = read_settings({"TRUNKLINE_SECRET_KEY": KEY}).application_key
    again = read_settings({"TRUNKLINE_SECRET_KEY": KEY}).application_key
    other = read_settings({"TRUNKLINE_SECRET_KEY": KEY + "!"}).application_key
    assert len(one) == 32
    assert one == again != other


def test_files_lie_in_the_data_directory_unless_told_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    settings = read_settings({"TRUNKLINE_DATA_DIR": str(folder)})
    assert settings.storage_url == (folder / "files").as_uri()


def test_an_api_key_of_temporal_means_tls() -> None:
    assert read_settings({"TEMPORAL_API_KEY": "x"}).temporal.tls
    assert not read_settings({"TEMPORAL_API_KEY": "x", "TEMPORAL_TLS": "0"}).temporal.tls


def test_a_part_without_what_it_needs_says_which_variable() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not set and nothing runs in"):
        _ = read_settings({}).needed_database_url
