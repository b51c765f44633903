"""A CDM in a PostgreSQL database, read in one transaction that cannot write."""

from __future__ import annotations

import polars as pl

from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.exchange.omop.sources import NEEDS, Only, check_height, placed_tables, quoted, text_frame


class PostgresSource:
    """A PostgreSQL database. The password is best left to PGPASSWORD or ~/.pgpass: a URL is seen by others."""

    def __init__(self, url: str, schema: str = "") -> None:
        try:
            import psycopg
        except ImportError:
            raise ValueError(f"reading a PostgreSQL database needs the library psycopg: {NEEDS}") from None
        try:
            self._connection = psycopg.connect(url, connect_timeout=15)
            self._connection.read_only = True
            found = self._connection.execute(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns ORDER BY ordinal_position"
            ).fetchall()
        except psycopg.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise ValueError(f"the database cannot be read: {said}; check address, name, user and password") from None
        self.title = self._connection.info.dbname
        self._schema, self._columns = placed_tables([(a, b, c) for a, b, c in found], schema, self.title)

    def names(self) -> tuple[str, ...]:
        """The CDM tables of the schema."""
        return tuple(name for name in cdm_tables() if name in self._columns)

    def table(self, name: str, only: Only | None = None) -> pl.DataFrame:
        """A table as text."""
        import psycopg
        from psycopg import sql

        columns = self._columns.get(name, {})
        if not columns or (only is not None and only[0] not in columns):
            return text_frame(name, (), [])
        place = sql.SQL("{}.{}").format(sql.Identifier(self._schema), sql.Identifier(name))
        wanted = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns.values())
        where: sql.Composable = sql.SQL("")
        given: list[list[int] | int] = []
        if only is not None:
            within, column = isinstance(only[1], range), sql.Identifier(columns[only[0]])
            where = sql.SQL(" WHERE {0} >= %s AND {0} < %s" if within else " WHERE {0} = ANY(%s::bigint[])").format(
                column
            )
            given = [only[1].start, only[1].stop] if isinstance(only[1], range) else [list(only[1])]
        try:
            counting = sql.SQL("SELECT count(*) FROM {}{}").format(place, where)
            counted = self._connection.execute(counting, given).fetchone()
            check_height(name, int(counted[0]) if counted else 0)
            reading = sql.SQL("SELECT {} FROM {}{}").format(wanted, place, where)
            rows = self._connection.execute(reading, given).fetchall()
        except psycopg.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise ValueError(f"the table {quoted(name)} of {self.title} cannot be read: {said}") from None
        return text_frame(name, tuple(columns), rows)

    def persons(self) -> list[int]:
        """The numbers of all persons, in order."""
        import psycopg
        from psycopg import sql

        place = sql.SQL("{}.{}").format(sql.Identifier(self._schema), sql.Identifier("person"))
        column = sql.Identifier(self._columns["person"]["person_id"])
        asking = sql.SQL("SELECT {0}::bigint FROM {1} WHERE {0} IS NOT NULL ORDER BY 1").format(column, place)
        try:
            return [int(row[0]) for row in self._connection.execute(asking).fetchall()]
        except psycopg.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise ValueError(f"the persons of {self.title} cannot be read: {said}") from None

    def file(self, name: str) -> str:
        """The table, of the database."""
        return f"{self.title}, table {name}"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
