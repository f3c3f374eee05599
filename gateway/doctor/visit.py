"""One visit: every examination, in the order in which remedies should be taken.

Whoever adds a dependency or a set of books adds its examination here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from gateway.doctor import books, dependencies
from gateway.doctor.finding import Examination, Finding, State, bad
from gateway.setting_values import SettingsError
from gateway.settings import Settings

ON_BOOKS: tuple[Examination, ...] = (
    books.outbox,
    books.mails,
    books.jobs,
    books.switches,
    books.ledger,
    books.numbers,
    books.calls,
    books.leftovers,
)
EXAMINATIONS: tuple[Examination, ...] = (
    dependencies.postgres,
    dependencies.migrations,
    *ON_BOOKS,
    dependencies.temporal,
    dependencies.worker,
    dependencies.mail_server,
    dependencies.storage,
    dependencies.api,
    dependencies.directory,
)
# Without PostgreSQL there is nothing for these to find, and its own finding says so.
ON_TABLES = frozenset({dependencies.migrations, *ON_BOOKS})
NAMES = tuple(examination.__name__ for examination in EXAMINATIONS)


async def findings(settings: Settings, subjects: Collection[str] = NAMES) -> list[Finding]:
    """What the examinations of these names found; one that fails is a finding too."""
    asked = [examination for examination in EXAMINATIONS if examination.__name__ in subjects]
    first = await _found(dependencies.postgres, settings)
    if first.state is State.BAD:
        asked = [examination for examination in asked if examination not in ON_TABLES]
    rest = [examination for examination in asked if examination is not dependencies.postgres]
    found = await asyncio.gather(*(_found(examination, settings) for examination in rest))
    return [first, *found] if dependencies.postgres in asked else list(found)


async def _found(examination: Examination, settings: Settings) -> Finding:
    try:
        return await examination(settings)
    except SettingsError as error:
        return bad(examination.__name__, "; ".join(error.complaints), "see the settings above")
    except Exception as error:  # noqa: BLE001 - whatever it is, the person asked to be told
        remedy = "an answer that was not foreseen: report it with this line"
        return bad(examination.__name__, f"{type(error).__name__}: {error}", remedy)
