"""A database in which a commit fails once: what was written by then is gone, and said to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg

from activities.failures import is_infrastructure

# Sequences do not roll back, so that the first commit fails and no other one.
_ONCE = """
CREATE SEQUENCE commits;
CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF nextval('commits') = 1 THEN
        RAISE EXCEPTION 'terminating connection' USING ERRCODE = 'admin_shutdown';
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE name regclass;
BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND NOT relispartition
                   AND relnamespace IN ('public'::regnamespace, 'kamailio'::regnamespace) LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER fails_first AFTER INSERT OR UPDATE OR DELETE ON %s
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_first()', name);
    END LOOP;
END $$;
"""
_NO_MORE = "DROP FUNCTION fail_first() CASCADE; DROP SEQUENCE commits"


async def with_first_commit_failing(dsn: str, attempt: Callable[[], Awaitable[object]]) -> bool:
    """Try something while the first commit that writes fails as if the server went down.

    Answers whether one failed. Raises what was raised, unless it says that the database is away.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_ONCE)
        try:
            await attempt()
        except Exception as error:
            if not is_infrastructure(error):
                raise
        failed = await connection.fetchval("SELECT is_called FROM commits")
        await connection.execute(_NO_MORE)
        return bool(failed)
    finally:
        await connection.close()
