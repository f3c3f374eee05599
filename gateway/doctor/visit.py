"""One visit: every examination, in the order in which remedies should be taken.

Whoever adds a dependency or a set of books adds its examination here.
"""

from __future__ import annotations

import asyncio

from gateway.doctor import books, dependencies
from gateway.doctor.finding import Examination, Finding, State, bad
from gateway.setting_values import SettingsError
from gateway.settings import Settings

# What follows asks PostgreSQL too: without it there is nothing to find.
FIRST: Examination = dependencies.postgres
ON_TABLES: tuple[Examination, ...] = (dependencies.migrations, books.outbox)
BESIDE: tuple[Examination, ...] = (
    dependencies.temporal,
    dependencies.mail_server,
    dependencies.storage,
    dependencies.api,
    dependencies.directory,
)


async def findings(settings: Settings) -> list[Finding]:
    """What every examination found; one that fails is a finding too."""
    first = await _found(FIRST, settings)
    wanted = (*ON_TABLES, *BESIDE) if first.state is not State.BAD else BESIDE
    rest = await asyncio.gather(*(_found(examination, settings) for examination in wanted))
    return [first, *rest]


async def _found(examination: Examination, settings: Settings) -> Finding:
    try:
        return await examination(settings)
    except SettingsError as error:
        return bad(examination.__name__, "; ".join(error.complaints), "see the settings above")
    except Exception as error:  # noqa: BLE001 - whatever it is, the person asked to be told
        remedy = "an answer that was not foreseen: report it with this line"
        return bad(examination.__name__, f"{type(error).__name__}: {error}", remedy)
