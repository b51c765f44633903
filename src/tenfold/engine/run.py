"""A whole registry, bucket by bucket, on one engine: what is finished stays finished, what is faulty is set apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tenfold.engine.answers import WORK, in_two_buckets, take_away
from tenfold.engine.buckets import Task
from tenfold.engine.in_process import in_process
from tenfold.engine.receipts import QUARANTINE, RECEIPTS, Receipt, asked_of, held, keep
from tenfold.engine.sources import Source, find_buckets
from tenfold.settings import DEFAULTS, Settings

MEMORY = 4 * 2**30
Engine = Callable[[Task], Iterable[Receipt]]
"""Does every bucket of a task and gives receipts as they come."""


@dataclass(frozen=True)
class Outcome:
    """What became of every bucket, in the buckets' order."""

    receipts: tuple[Receipt, ...]

    @property
    def quarantined(self) -> tuple[Receipt, ...]:
        """The buckets that have no answers, each with the reason."""
        return tuple(one for one in self.receipts if one.quarantined is not None)

    def total(self, what: str) -> int:
        """The sum of a number over the buckets that have answers: patients, faults, set_aside."""
        return sum(getattr(one, what) for one in self.receipts if one.quarantined is None)


def engine_named(name: str) -> Engine:
    """The engine of a name: polars, spark. LookupError for another, or where it is not installed."""
    if name == "polars":
        return in_process
    if name != "spark":
        raise LookupError(f"no engine is called {name}; there are polars, spark")
    try:
        from tenfold.engine.on_spark import on_spark
    except ImportError as error:
        raise LookupError(f"Spark is not installed ({error}): install tenfold[spark]") from error
    return on_spark


def assess_in_buckets(
    records: str | Path | Source,
    out: str | Path,
    engine: Engine = in_process,
    settings: Settings = DEFAULTS,
    on: int | None = None,
    memory: int = MEMORY,
    progress: Callable[[Receipt], None] | None = None,
    batch: int | None = None,
) -> Outcome:
    """Assess records and write the answers into a folder, `<table>/bucket=<name>/part-0000.parquet`.

    Buckets that an earlier run finished with the same records, settings, day and version are left as they are. `memory`:
    bytes that a process may hold; `batch`: patients assessed at once, by the memory they need if None; `progress` is
    called with each receipt. ValueError for records that cannot be read, or a folder with something else in it.
    """
    source = records if isinstance(records, Source) else find_buckets(records)
    place = Path(out).resolve()
    _make_ready(place, source)
    task = Task(source, str(place), settings, on, memory, asked_of(settings, on), batch)
    found = {}
    for receipt in engine(task):
        found[receipt.bucket] = receipt
        if progress is not None:
            progress(receipt)
    for receipt in _in_two(place, found):
        found[receipt.bucket] = receipt
    shutil.rmtree(place / WORK, ignore_errors=True)
    return Outcome(tuple(found[name] for name in source.names))


def _make_ready(out: Path, source: Source) -> None:
    inside = Path(source.path)
    if out == inside or (source.shape != "whole" and inside in out.parents):
        raise ValueError(f"{out} lies among the records: write the answers elsewhere")
    out.mkdir(parents=True, exist_ok=True)
    ours = (out / RECEIPTS).is_dir() or (out / QUARANTINE).is_dir() or (out / WORK).is_dir()
    if any(out.iterdir()) and not ours:
        raise ValueError(f"{out} already holds something else: write into an empty folder")
    others = sorted(held(out) - set(source.names))
    if others:
        raise ValueError(f"{out} holds answers of other buckets ({', '.join(others[:5])}): write into an empty folder")
    shutil.rmtree(out / WORK, ignore_errors=True)
    shutil.rmtree(out / QUARANTINE, ignore_errors=True)
    (out / WORK).mkdir()


def _in_two(out: Path, found: dict[str, Receipt]) -> Iterator[Receipt]:
    """Set buckets apart that share a patient: each has answers from a part of what is known."""
    told: dict[str, str] = {}
    for patient, buckets in in_two_buckets(out).iter_rows():
        for bucket in buckets:
            others = " and ".join(other for other in buckets if other != bucket)
            told.setdefault(bucket, f"patient {patient} is in bucket {others}, too: a bucket holds whole patients")
    for bucket, why in told.items():
        take_away(out, bucket)
        receipt = replace(found[bucket], quarantined=why)
        keep(receipt, out)
        yield receipt
