"""The way to Temporal as the settings say it: address, key, certificates, keys of payloads.

Waiting for it and speaking to it is the work of `workflows`.
"""

from __future__ import annotations

from pathlib import Path

from opentelemetry import trace
from temporalio.service import TLSConfig

from gateway.settings import Settings, TemporalSettings
from models.jobs.console import Console
from models.seal import derived_key
from workflows.codec import PayloadKeys
from workflows.connection import TemporalConnection

PAYLOADS = "temporal payloads"  # the purpose of the key that seals them
KEY_ID = "1"


def temporal_connection(settings: Settings) -> TemporalConnection:
    """How to connect; the application key must be installed. Raises SettingsError."""
    return TemporalConnection(
        address=settings.needed_temporal_address,
        keys=payload_keys(),
        namespace=settings.temporal.namespace,
        api_key=settings.temporal.api_key,
        tls=_tls(settings.temporal),
        tracer=None if settings.traces_url is None else trace.get_tracer("trunkline"),
    )


def payload_keys() -> PayloadKeys:
    """What seals and opens payloads; the application key must be installed."""
    return PayloadKeys(active=KEY_ID, keys={KEY_ID: derived_key(PAYLOADS)})


def console(settings: Settings) -> Console | None:
    """The console where operators look at workflows, when one is known."""
    url = settings.temporal.console_url
    return None if url is None else Console(url, settings.temporal.namespace)


def _tls(temporal: TemporalSettings) -> TLSConfig | bool:
    if not temporal.tls:
        return False
    return TLSConfig(
        server_root_ca_cert=_content(temporal.server_authority),
        domain=temporal.server_name,
        client_cert=_content(temporal.client_certificate),
        client_private_key=_content(temporal.client_key),
    )


def _content(path: Path | None) -> bytes | None:
    return path.read_bytes() if path else None
