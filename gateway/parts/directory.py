"""The switches' listener as a process: directory look-ups and whatever else switches send.

It serves no GraphQL and needs no Temporal.
"""

from __future__ import annotations

from gateway.directory.application import application
from gateway.directory.pauses import pause_rarely
from gateway.parts.options import Options
from gateway.serving import serve
from gateway.settings import part_settings
from models.seal import install_key


def run(options: Options) -> int:
    """Serve until told to stop."""
    settings = part_settings()
    install_key(settings.application_key)
    listener = application(settings)
    pause_rarely()
    serve(listener, settings.host, settings.directory_port, options.readiness)
    return 0
