"""The connection that looking back needs: any of asyncpg's, in or out of a transaction.

Verbs that write take the open Tortoise transaction instead.
"""

from __future__ import annotations

from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Reader: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
