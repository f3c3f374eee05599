"""What belongs to an account is either removed with it or kept: no table is forgotten."""

from __future__ import annotations

import asyncpg

from models.accounts.account import Account
from tests.database.catalogue import ACCOUNT_COLUMNS, Catalogue, read


async def test_every_table_that_names_an_account_is_on_one_of_the_lists(database_url: str) -> None:
    assert _unlisted(await read(database_url, ACCOUNT_COLUMNS)) == set()


async def test_no_table_is_on_both_lists_and_every_listed_one_names_an_account(
    database_url: str,
) -> None:
    naming = {column.partition(".")[0] for column in await read(database_url, ACCOUNT_COLUMNS)}
    assert Account.BELONGINGS.keys() & Account.RECORDS == set()
    assert (Account.BELONGINGS.keys() | Account.RECORDS) - naming == set()


async def test_every_belonging_is_tied_to_its_account_by_the_column_of_the_list(
    database_url: str,
) -> None:
    columns = await read(database_url, ACCOUNT_COLUMNS)
    listed = {f"{table}.{column}" for table, column in Account.BELONGINGS.items()}
    tied = {column for column, constraint in columns.items() if constraint}
    assert listed - tied == set()


async def test_a_forgotten_table_is_noticed(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        CREATE TABLE pets (owner uuid REFERENCES accounts);
        CREATE TABLE plants (account_id uuid);
        """
    )
    await connection.close()
    assert _unlisted(await read(database_url, ACCOUNT_COLUMNS)) == {"pets", "plants"}


def _unlisted(columns: Catalogue) -> set[str]:
    tables = {column.partition(".")[0] for column in columns}
    return tables - Account.BELONGINGS.keys() - Account.RECORDS
