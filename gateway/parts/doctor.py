"""Prints the effective settings and the health of everything; the exit status is the verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from gateway.doctor.finding import Finding, State
from gateway.doctor.visit import NAMES, findings
from gateway.parts.options import Options
from gateway.setting_table import SETTINGS
from gateway.settings import Settings, effective_environment, part_settings

SDK_REST_SECONDS = 0.5  # a process that ends at once after using Temporal's SDK can abort


def run(options: Options) -> int:
    """Examine and tell."""
    if unknown := set(options.subjects) - set(NAMES):
        print(f"Nothing here is called {', '.join(sorted(unknown))}: {', '.join(NAMES)}")
        return 2
    settings = part_settings()
    if not options.subjects:
        _tell_settings()
    print("Health")
    found = asyncio.run(_visit(settings, options.subjects or NAMES))
    for finding in found:
        print("\n".join(f"  {line}" for line in finding.lines()))
    return 1 if any(finding.state is State.BAD for finding in found) else 0


def _tell_settings() -> None:
    print("Settings")
    told = effective_environment()
    for setting in SETTINGS:
        shown = told.get(setting.name) or f"(default: {setting.default.replace('`', '')})"
        print(f"  {setting.name:40}{shown}")


async def _visit(settings: Settings, subjects: Collection[str]) -> list[Finding]:
    found = await findings(settings, subjects)
    await asyncio.sleep(SDK_REST_SECONDS)
    return found
