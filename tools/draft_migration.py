"""Writes the migration that brings the last one to the tables of today, and prints its file.

Run it with the project's Python: it needs no database.
"""

from __future__ import annotations

import asyncio

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

from models.database import orm_config

NOWHERE = "postgresql://nobody:none@127.0.0.1:5432/none"  # only the declarations are read


async def main() -> None:
    """Compare the tables with the migrations and write what is missing."""
    config = orm_config(NOWHERE, pool_size=1)
    await Tortoise.init(config=config, init_connections=False)
    apps = Tortoise.apps
    if apps is None:
        raise RuntimeError("the tables could not be read")
    written = await MigrationAutodetector(apps, config["apps"]).write()
    print("\n".join(written) or "no migration is due")


if __name__ == "__main__":
    asyncio.run(main())
