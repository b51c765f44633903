"""Where a CDM lies: a DuckDB file, a PostgreSQL database, or a folder of CSV or Parquet files. Each gives text frames.

Whatever the source, a table comes as text cells in columns of small letters, as a file would hold them, with the line
each row stands on: of a file its line, of a database table the row's id. Nothing is written into a source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from tenfold.exchange.limits import checked_size
from tenfold.exchange.omop.cdm import cdm_tables, id_column

LINE = "line of the source"
SETTINGS = ".omop.toml"
MOST_ROWS = 5_000_000
LARGEST_SETTINGS = 1024**2
MAGIC = b"DUCK"
NEEDS = "pip install 'tenfold[formats]'"


Only = tuple[str, Sequence[int]]


class Source(Protocol):
    """A CDM that can be read table by table."""

    title: str

    def names(self) -> tuple[str, ...]:
        """The CDM tables that it holds."""

    def table(self, name: str, only: Only | None = None) -> pl.DataFrame:
        """A table as text, with its lines; no rows and no columns if the source does not have it.

        `only`: a column and the numbers that it may hold, for tables too large to be read whole; a `range` from its first
        to its last.
        """

    def file(self, name: str) -> str:
        """What a table is called in a fault."""

    def close(self) -> None:
        """Let go of the source."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a CDM is and how it is to be read: `database` (a PostgreSQL URL, a file, a folder), `schema`, `concepts`."""

    database: str
    schema: str = ""
    concepts: Path | None = None


def settings_of(path: Path) -> Settings:
    """The settings that a path means: those in a file named *.omop.toml, else the path itself.

    ValueError if such a file cannot be read or does not name a database.
    """
    text = str(path)
    if text.startswith(("postgresql:/", "postgres:/")):  # a Path folds the two slashes of a URL into one
        scheme, _, rest = text.partition(":")
        return Settings(f"{scheme}://{rest.lstrip('/')}")
    if not path.name.endswith(SETTINGS):
        return Settings(text)
    checked_size(path, LARGEST_SETTINGS)
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not TOML that can be read: {error}") from None
    unknown = sorted(set(told) - {"database", "schema", "concepts"})
    if unknown or not isinstance(told.get("database"), str):
        raise ValueError(
            f'{path.name} has {", ".join(unknown) or "no database"}: give database = "postgresql://..." or the path of '
            "a DuckDB file or folder, and if need be schema and concepts"
        )
    database = told["database"]
    if not is_url(database):
        database = str((path.parent / database).resolve())
    concepts = path.parent / str(told["concepts"]) if "concepts" in told else None
    return Settings(database, str(told.get("schema", "")), concepts)


def is_url(database: str) -> bool:
    """Whether a database is named by a PostgreSQL URL."""
    return database.startswith(("postgresql://", "postgres://"))


def opened(settings: Settings) -> Source:
    """Open a CDM. FileNotFoundError, ValueError with what to do where that cannot be done."""
    if is_url(settings.database):
        from tenfold.exchange.omop.postgresql import PostgresSource

        return PostgresSource(settings.database, settings.schema)
    path = Path(settings.database)
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}")
    return Folder(path) if path.is_dir() else DuckSource(path, settings.schema)


def is_duckdb(path: Path) -> bool:
    """Whether a file begins as a DuckDB database does."""
    with path.open("rb") as file:
        return file.read(12)[8:] == MAGIC


class DuckSource:
    """A DuckDB file, opened read-only and without access to anything outside it: its views are not trusted."""

    def __init__(self, path: Path, schema: str = "") -> None:
        self.title = path.name
        if not is_duckdb(path):
            raise ValueError(f"{path.name} is no DuckDB file: give a DuckDB file, a folder of CSV or Parquet, or a URL")
        try:
            import duckdb
        except ImportError:
            raise ValueError(f"reading {path.name} needs the library duckdb: {NEEDS}") from None
        guarded = {
            "enable_external_access": "false",
            "autoload_known_extensions": "false",
            "lock_configuration": "true",
        }
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=dict(guarded))
            found = self._connection.execute(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns ORDER BY ordinal_position"
            ).fetchall()
        except duckdb.Error as error:
            raise ValueError(f"{path.name} cannot be opened as a DuckDB database: {_first_line(error)}") from None
        self._schema, self._columns = placed_tables(found, schema, path.name)

    def names(self) -> tuple[str, ...]:
        """The CDM tables of the file."""
        return tuple(name for name in cdm_tables() if name in self._columns)

    def table(self, name: str, only: Only | None = None) -> pl.DataFrame:
        """A table as text."""
        import duckdb

        columns = self._columns.get(name, {})
        if not columns or (only is not None and only[0] not in columns):
            return text_frame(name, (), [])
        wanted = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns.values())
        place = f"{quoted(self._schema)}.{quoted(name)}"
        where = ""
        given: list[Any] = []
        if only is not None:
            number = f"TRY_CAST({quoted(columns[only[0]])} AS BIGINT)"
            if isinstance(only[1], range):
                where, given = f" WHERE {number} >= ? AND {number} < ?", [only[1].start, only[1].stop]
            else:
                where, given = f" WHERE {number} IN (SELECT unnest(?::BIGINT[]))", [list(only[1])]
        try:
            counted = self._connection.execute(f"SELECT count(*) FROM {place}{where}", given).fetchone()
            check_height(name, int(counted[0]) if counted else 0)
            rows = self._connection.execute(f"SELECT {wanted} FROM {place}{where}", given).fetchall()
        except duckdb.Error as error:
            raise ValueError(f"the table {name} of {self.title} cannot be read: {_first_line(error)}") from None
        return text_frame(name, tuple(columns), rows)

    def file(self, name: str) -> str:
        """The table, of the file."""
        return f"{self.title}, table {name}"

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Folder:
    """A folder of CSV or Parquet files, each named after its table, in letters of any case."""

    def __init__(self, path: Path) -> None:
        self.title = path.name
        self._files: dict[str, Path] = {}
        for entry in sorted(path.iterdir()):
            name = entry.stem.lower()
            if name in cdm_tables() and entry.suffix.lower() in (".csv", ".tsv", ".parquet") and entry.is_file():
                if name in self._files:
                    raise ValueError(f"{path.name} holds {self._files[name].name} and {entry.name}: keep one of them")
                self._files[name] = entry
        if "person" not in self._files:
            raise ValueError(
                f"{path} holds no file person.csv or person.parquet: name the files after the CDM's tables"
            )

    def names(self) -> tuple[str, ...]:
        """The CDM tables of the folder."""
        return tuple(name for name in cdm_tables() if name in self._files)

    def table(self, name: str, only: Only | None = None) -> pl.DataFrame:
        """A table as text."""
        file = self._files.get(name)
        if file is None:
            return text_frame(name, (), [])
        checked_size(file)
        try:
            if file.suffix.lower() == ".parquet":
                lazy, first = pl.scan_parquet(file, glob=False), 1
            else:
                lazy, first = pl.scan_csv(file, infer_schema=False, separator=separator_of(file), glob=False), 2
            if only is not None:
                written = {column.strip().lower(): column for column in lazy.collect_schema().names()}
                if only[0] not in written:
                    return text_frame(name, (), [])
                number = pl.col(written[only[0]]).cast(pl.Float64, strict=False)
                if isinstance(only[1], range):
                    lazy = lazy.filter(number.is_between(only[1].start, only[1].stop, closed="left"))
                else:
                    lazy = lazy.filter(number.is_in([float(one) for one in only[1]]))
            frame = lazy.collect()
        except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
            raise ValueError(f"{file.name} cannot be read: {_first_line(error)}; export the table again") from None
        check_height(name, frame.height)
        return as_text_frame(frame, first)

    def file(self, name: str) -> str:
        """The file of a table."""
        return self._files[name].name if name in self._files else name

    def close(self) -> None:
        """Nothing is held open."""


def separator_of(file: Path) -> str:
    """The separator of a delimited file: the one that its header has most of."""
    with file.open("rb") as opened_file:
        head = opened_file.readline(65_536).decode("utf-8", "replace")
    return max(",\t;|", key=head.count)


def as_text_frame(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """A frame as text cells in columns of small letters, its rows numbered from `first`."""
    cells = []
    for name in frame.columns:
        column = pl.col(name)
        if isinstance(frame.schema[name], pl.Datetime):
            column = column.dt.to_string("%Y-%m-%d %H:%M:%S")
        if not (frame.schema[name].is_nested() or frame.schema[name] in (pl.Binary, pl.Object)):
            cells.append(column.cast(pl.String).str.strip_chars().replace("", None).alias(name.strip().lower()))
    return _whole_ids(frame.select(cells)).with_columns(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias(LINE)
    )


def _whole_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Ids and parts of a birth that a source keeps as decimal numbers (432250.0), as the whole numbers that they are."""
    whole = [name for name in frame.columns if name.endswith(("_id", "_of_birth"))]
    return frame.with_columns(pl.col(whole).str.strip_suffix(".0")) if whole else frame


def text_frame(name: str, columns: tuple[str, ...], rows: list[Any]) -> pl.DataFrame:
    """Rows of a database table as a frame; its line is the id of the row where that is a number."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    frame = _whole_ids(frame.with_columns(pl.all().str.strip_chars().replace("", None)))
    own = id_column(name)
    line = pl.col(own).cast(pl.Int64, strict=False) if own in columns else pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return frame.with_columns(line.fill_null(0).alias(LINE)).sort(LINE, maintain_order=True)


def placed_tables(found: list[tuple[str, str, str]], schema: str, title: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The schema of a database that holds the CDM, and its tables: name -> column in small letters -> as written.

    ValueError if no schema holds the table person of a CDM, if several do and none is named, or if the named one does not.
    """
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for place, table, column in found:
        if table.lower() in cdm_tables() and (not schema or place == schema):
            tables.setdefault(place, {}).setdefault(table.lower(), {})[column.lower()] = column
    fitting = [
        place for place, held in tables.items() if {"person_id", "gender_concept_id"} <= set(held.get("person", {}))
    ]
    if not fitting:
        where = f"the schema {schema}" if schema else "any schema"
        raise ValueError(f"{title} has no table person of an OMOP CDM in {where}")
    if len(fitting) > 1:
        raise ValueError(
            f"{title} has a CDM in the schemas {', '.join(sorted(fitting))}: name one as schema in a file *{SETTINGS}"
        )
    return fitting[0], tables[fitting[0]]


def check_height(name: str, height: int) -> None:
    """See that a table is not larger than is read at once. ValueError with what to do."""
    if height > MOST_ROWS:
        raise ValueError(
            f"{name} has {height:,} rows, and at most {MOST_ROWS:,} are read: copy the persons of the cohort into a schema "
            "of their own and read that"
        )


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
