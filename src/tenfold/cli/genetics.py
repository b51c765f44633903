"""The command for karyotypes: one explained, or a table of them read into facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.shared import JsonOption, console_for, print_json, stop, working

if TYPE_CHECKING:
    import polars as pl

TABLES = (".csv", ".tsv", ".txt", ".parquet")


def karyotype(
    text: Annotated[str, typer.Argument(metavar="ISCN|FILE", help="A karyotype in quotes, or a table of them.")],
    column: Annotated[
        str | None, typer.Option("--column", help="The column that holds the karyotypes, for a table.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the table of facts goes (CSV or Parquet).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read a karyotype: its clones, every fact that follows with the clones behind it, and what could not be read."""
    if column is not None or out is not None:
        _table(Path(text), column, out, as_json)
        return
    if Path(text).suffix.lower() in TABLES:
        stop(f"{text} looks like a table; name its column: tenfold karyotype {text} --column karyotype --out facts.csv")
    from tenfold.genetics.karyotype import explain, facts_frame, read_karyotype

    if as_json:
        import polars as pl

        print_json({"karyotype": text, **facts_frame(pl.Series([text])).row(0, named=True)})
        return
    console_for().print(explain(read_karyotype(text)), markup=False)


def _table(path: Path, column: str | None, out: Path | None, as_json: bool) -> None:
    import polars as pl

    from tenfold.genetics.karyotype import Status, facts_frame

    if column is None or (out is None and not as_json):
        stop("a table needs --column NAME and --out FILE (or --json)")
    table = _read(path)
    if column not in table.columns:
        stop(f"{path} has no column {column}; it has {', '.join(table.columns)}")
    with working(f"Reading {table.height} karyotypes"):
        facts = facts_frame(table[column])
    clash = {name: f"{name}_derived" for name in facts.columns if name in table.columns}
    together = pl.concat([table, facts.rename(clash)], how="horizontal")
    if out is not None:
        _write(together, out)
    if as_json:
        print_json(facts.to_dicts())
        return
    read = facts.filter(pl.col("status") == Status.READ)
    whole = read.filter(pl.col("unknown").list.len() == 0).height
    typer.echo(
        f"{table.height} rows: {read.height} karyotypes read, {whole} of them with every fact;"
        f" {facts.height - read.height} failed, not done, empty or unreadable. {out}"
    )


def _read(path: Path) -> pl.DataFrame:
    """A table with every cell as text; stops with the row that has too many cells. Cells may hold line breaks."""
    import csv
    import io

    import polars as pl

    from tenfold.exchange.instruments.text import SEPARATORS, decoded, read_bytes
    from tenfold.records.cells import without_guard

    if not path.is_file():
        stop(f"there is no file {path}")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        text, _ = decoded(read_bytes(path), path.name)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        stop(error)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(reader, [])
    if not header or len(set(header)) < len(header):
        stop(f"{path}: expected a first line that names each column once, found {header}")
    rows = []
    for cells in reader:
        if len(cells) > len(header):
            stop(
                f"{path}, line {reader.line_num}: {len(cells)} cells under {len(header)} columns;"
                " a karyotype holds commas, so put it in quotes or separate the columns by semicolons or tabs"
            )
        if cells:
            rows.append([cell or None for cell in cells] + [None] * (len(header) - len(cells)))
    return without_guard(pl.DataFrame(rows, dict.fromkeys(header, pl.String), orient="row"))


def _write(table: pl.DataFrame, out: Path) -> None:
    import polars as pl

    from tenfold.records.csv_out import write_csv

    lists = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.List)]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() == ".parquet":
            table.write_parquet(out)
        else:
            write_csv(table.with_columns(pl.col(name).list.join("; ") for name in lists), out)
    except OSError as error:
        stop(error)
