"""Prints the effective settings and the health of everything; the exit status is the verdict."""

from __future__ import annotations

import asyncio

from gateway.doctor.finding import Finding, State
from gateway.doctor.visit import findings
from gateway.parts.options import Options
from gateway.setting_table import SETTINGS
from gateway.settings import Settings, effective_environment, part_settings

SDK_REST_SECONDS = 0.5  # a process that ends at once after using Temporal's SDK can abort


def run(options: Options) -> int:
    """Examine and tell."""
    del options  # it is not waited for
    settings = part_settings()
    print("Settings")
    told = effective_environment()
    for setting in SETTINGS:
        shown = told.get(setting.name) or f"(default: {setting.default.replace('`', '')})"
        print(f"  {setting.name:40}{shown}")
    print("Health")
    found = asyncio.run(_visit(settings))
    for finding in found:
        print("\n".join(f"  {line}" for line in finding.lines()))
    return 1 if any(finding.state is State.BAD for finding in found) else 0


async def _visit(settings: Settings) -> list[Finding]:
    found = await findings(settings)
    await asyncio.sleep(SDK_REST_SECONDS)
    return found
