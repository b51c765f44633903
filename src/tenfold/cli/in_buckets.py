"""`tenfold assess --engine`: a registry in buckets, its answers as Parquet, what is done said as it is done."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.shared import FAULTS, counted, day_of, print_json, stop, working

if TYPE_CHECKING:
    from tenfold.engine.receipts import Receipt
    from tenfold.engine.sources import Source
    from tenfold.settings import Settings

EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="polars or spark: bucket by bucket within --memory, answers as Parquet under --out, what is done is kept.",
    ),
]
MemoryOption = Annotated[
    str | None, typer.Option("--memory", help="With --engine: what a process may hold; 4GiB unless given.")
]


def run_in_buckets(
    path: Path, out: Path | None, engine: str, memory: str | None, settings: Settings, on: str | None, as_json: bool
) -> int:
    """Assess in buckets, say what became of them, and return the exit code."""
    from tenfold.engine.memory import memory_in_bytes
    from tenfold.engine.run import assess_in_buckets, engine_named
    from tenfold.engine.sources import find_buckets
    from tenfold.reports.simulated import mark

    if out is None:
        stop("--engine writes its answers into a folder: name it with --out")
    try:
        bound, chosen = memory_in_bytes(memory or "4GiB"), engine_named(engine)
        with working(f"Looking for buckets in {path}"):
            source = find_buckets(path)
        day = None if on is None else _day(on, source)
        with counted(f"Assessing {len(source.names)} buckets", len(source.names)) as reached:
            done: list[Receipt] = []

            def progress(receipt: Receipt) -> None:
                done.append(receipt)
                reached(len(done))

            found = assess_in_buckets(source, out, chosen, settings, day, bound, progress)
        mark(out, any(one.simulated for one in found.receipts))
    except (LookupError, OSError, ValueError) as error:
        stop(error)
    earlier = sum(not one.again for one in found.receipts)
    if as_json:
        print_json({"buckets": [vars(one) for one in found.receipts]})
    else:
        typer.echo(
            f"{found.total('patients')} patients in {len(found.receipts) - len(found.quarantined)} buckets"
            f"{f', {earlier} of them finished before' if earlier else ''}; answers as Parquet in {out}"
        )
    for one in found.quarantined:
        typer.echo(f"tenfold: bucket {one.bucket} has no answers: {one.quarantined}", err=True)
    faults = found.total("faults")
    if faults:
        typer.echo(
            f"tenfold: {faults} fault{'s' * (faults > 1)} in the records, {found.total('set_aside')} rows set aside; the"
            f" rest is used. {out / 'faults'} names each.",
            err=True,
        )
    return FAULTS if faults or found.quarantined else 0


def _day(on: str, source: Source) -> int | None:
    """The day asked of, on the axis of the first bucket that can be read."""
    for name in source.names:
        with suppress(OSError, ValueError):
            return day_of(on, source.read(name))
    return stop(f"none of the {len(source.names)} buckets of {source.path} can be read")
