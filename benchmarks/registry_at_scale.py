"""The registry at scale: how long, in how much memory, and how that grows, beside the same questions written by hand.

`python benchmarks/registry_at_scale.py FOLDER [PATIENTS ...]` (1,000, 10,000 and 100,000 if not said; 1000000 takes hours and
some GB). Simulated patients are written into FOLDER once and kept there, as are the measurements: a measurement that is there
is not made again, and `--again` makes all anew. It needs `pip install duckdb 'pandas>=2.2'`, which Tenfold itself does not need.

- `states`: molecular states of every sample, against the subset of their rules in `tests/mrd/relapse_subset.py` in DuckDB SQL
  and in Polars windows. All begin with tables in memory; the subset knows no bounds, unknowns, editions, treatments, scales,
  laboratories or reasons. Every comparison of which the subset speaks is compared.
- `three`: molecular states, ELN 2022 and VEN-PRS, against a reading of them in pandas (at most 10,000 patients).
- `assess`: everything, as `tenfold assess --engine polars` does it from files to files, begun anew.

Each measurement is a process of its own that does one bucket of at most 10,000 patients after the other; seconds are the
clock's and the processor's (of all threads), without reading the tables, after a first bucket or 1,000 patients to warm up;
`peak` is the most memory held meanwhile, with the tables. On a machine that others use only the processor's time compares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import polars as pl
from at_scale_rivals import eln_2022_in_pandas, in_duckdb, in_polars_windows, states_in_pandas, venprs_in_pandas

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "mrd"))

from relapse_subset import disagreements, ours

from tenfold.cohort.simulation.streaming import stream
from tenfold.diagnosis import diagnostic_picture, planned
from tenfold.engine.memory import MIB, begin_anew, peak
from tenfold.engine.run import assess_in_buckets
from tenfold.figures import style
from tenfold.logic.answering import answer
from tenfold.mrd.streams import molecular_states
from tenfold.records.partitioned import bucket_names, read_bucket
from tenfold.records.registry import Registry
from tenfold.records.therapy import autologous
from tenfold.response.course import course
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.venprs import GENES, OVERALL_SURVIVAL
from tenfold.settings import DEFAULTS
from tenfold.snapshot import snapshot

SIZES, SEED, WARM = (1_000, 10_000, 100_000), 1, 1_000
MOST_IN_PANDAS = 10_000
MEASURED = ("states", "DuckDB SQL", "Polars windows", "three", "pandas", "assess")
CLINICAL = ("relapsed_or_refractory", "in_remission", "prior_hma", "prior_venetoclax", "hma_venetoclax", "age_years")
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "registry-at-scale.svg"
Tables = dict[str, Any]
UNGUARDED = replace(OVERALL_SURVIVAL, guards=())
"""Asked of everybody, as a researcher asks: few simulated patients are about to begin."""
Asked = Callable[[Registry, pl.DataFrame], tuple[Callable[[], Any], Callable[[Any], dict[str, int]]]]
"""From a registry and its course to the work that is timed, and what is counted of its answer."""


def _days(registry: Registry, turns: pl.DataFrame) -> dict[str, pl.DataFrame]:
    names = ("mrd_samples", "events", "treatments", "responses", "karyotypes", "fusions", "variants", "patients")
    tables = {name: registry.table(name).hstack(_new(registry, name)) for name in names}
    transplants = registry.days("transplants").with_columns(autologous=autologous())
    return tables | {"course": turns, "transplants": transplants}


def _new(registry: Registry, name: str) -> list[pl.Series]:
    """The days of a table beside its dates."""
    table, days = registry.table(name), registry.days(name)
    return [days[column] for column in days.columns if column not in table.columns]


def _states(registry: Registry, turns: pl.DataFrame) -> Any:
    return (
        lambda: molecular_states(registry, DEFAULTS, turns),
        lambda found: {"samples": found.filter(pl.col("row") == "sample").height, "rows": found.height},
    )


def _compared(registry: Registry, turns: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, int]:
    unlike, counted = disagreements(molecular_states(registry, DEFAULTS, turns), theirs)
    return counted | {"unlike ours": unlike.height}


def _duckdb(registry: Registry, turns: pl.DataFrame) -> Any:
    import duckdb

    connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
    for name, frame in _days(registry, turns).items():
        connection.register("given", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    return lambda: in_duckdb(connection), lambda found: _compared(registry, turns, found)


def _windows(registry: Registry, turns: pl.DataFrame) -> Any:
    tables = _days(registry, turns)
    return lambda: in_polars_windows(tables), lambda found: _compared(registry, turns, found)


def _three_of(registry: Registry, turns: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    present = answer(snapshot(registry, DEFAULTS, turns, GENES), [UNGUARDED])
    picture = diagnostic_picture(registry, DEFAULTS, turns)
    for frame in (present.select("patient_id", *CLINICAL), planned(registry, None)):
        picture = picture.join(frame, on="patient_id", how="left", maintain_order="left")
    asked = picture.with_columns(footnote_reading=pl.lit(None, pl.String))
    return molecular_states(registry, DEFAULTS, turns), answer(asked, [ELN_2022]), present


def _three(registry: Registry, turns: pl.DataFrame) -> Any:
    return lambda: _three_of(registry, turns), lambda found: {"patients": found[1].height}


def _pandas(registry: Registry, turns: pl.DataFrame) -> Any:
    tables = {name: frame.to_pandas() for name, frame in _days(registry, turns).items()}

    def work() -> Any:
        return states_in_pandas(tables), eln_2022_in_pandas(tables), venprs_in_pandas(tables)

    def count(found: Any) -> dict[str, int]:
        molecular, eln, venprs = _three_of(registry, turns)
        states = pl.DataFrame(found[0].reset_index()[["sample_id", "state"]]).rename({"state": "theirs"})
        asked = ours(molecular).filter("comparable", pl.col("id").is_null() | pl.col("confirmed").is_not_null())
        rows = asked.select(sample_id=pl.col("samples").list.explode(keep_nulls=False, empty_as_null=False))
        both = molecular.join(rows, on="sample_id").join(states, on="sample_id").filter(pl.col("state").is_not_null())
        told = {"samples": both.height, "states unlike ours": both.filter(pl.col("state") != pl.col("theirs")).height}
        for name, model, frame, theirs in (
            ("ELN 2022", ELN_2022, eln, found[1]),
            ("VEN-PRS", UNGUARDED, venprs, found[2]),
        ):
            other = pl.DataFrame(theirs.reset_index()[["patient_id", "risk"]])
            single = frame.join(other, on="patient_id").filter(pl.col(model.key).is_not_null())
            unlike = single.filter(pl.col(model.key) != pl.col("risk")).height
            told |= {f"{name} asked": single.height, f"{name} unlike ours": unlike}
        return told

    return work, count


ASKED: dict[str, Asked] = {
    "states": _states,
    "DuckDB SQL": _duckdb,
    "Polars windows": _windows,
    "three": _three,
    "pandas": _pandas,
}


def measure(what: str, folder: Path) -> dict[str, Any]:
    """Do one thing for every bucket: seconds, most memory, and what was counted of the answers."""
    told: dict[str, Any] = {"clock": 0.0, "processor": 0.0, "peak": 0, "counted": {}}
    names = bucket_names(folder)
    first = read_bucket(folder, names[0])
    few = first.select(first.patient_ids()["patient_id"].head(WARM))
    turns = course(few, DEFAULTS)
    if what in ("states", "three"):
        molecular_states(few, DEFAULTS, turns, compiled=True)
    ASKED[what](few, turns)[0]()
    for name in names:
        registry = read_bucket(folder, name)
        work, count = ASKED[what](registry, course(registry, DEFAULTS))
        begin_anew()
        clock, processor = time.perf_counter(), time.process_time()
        found = work()
        told["clock"] += time.perf_counter() - clock
        told["processor"] += time.process_time() - processor
        told["peak"] = max(told["peak"], (peak() or 0) // MIB)
        for key, value in count(found).items():
            told["counted"][key] = told["counted"].get(key, 0) + value
    return told


def whole(folder: Path) -> dict[str, Any]:
    """Assess everything, from files to files."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        clock, processor = time.perf_counter(), time.process_time()
        outcome = assess_in_buckets(folder, Path(out) / "answers")
        told = {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}
    if outcome.quarantined:
        raise SystemExit(f"a bucket has no answers: {outcome.quarantined[0].quarantined}")
    rows = sum(sum(one.rows.values()) for one in outcome.receipts)
    counted = {"patients": outcome.total("patients"), "rows of answers": rows}
    return {**told, "peak": max(one.peak_mib or 0 for one in outcome.receipts), "counted": counted}


def main() -> None:
    """Measure what is not yet measured, and print and draw all."""
    arguments = [one for one in sys.argv[1:] if one != "--again"]
    if arguments[:1] == ["--measure"]:
        what, folder = arguments[1], Path(arguments[2])
        print(json.dumps(whole(folder) if what == "assess" else measure(what, folder)))
        return
    if not arguments:
        raise SystemExit(__doc__)
    home = Path(arguments[0])
    kept = home / "measured.json"
    found: dict[str, dict[str, Any]] = {}
    if kept.exists() and "--again" not in sys.argv:
        found = json.loads(kept.read_text("utf-8"))
    for size in map(int, arguments[1:] or SIZES):
        folder = home / str(size)
        if not (folder / "registry.toml").exists():
            stream(folder, size, SEED, kind="mixed")
        for what in MEASURED:
            if what in found.get(str(size), {}) or (what in ("three", "pandas") and size > MOST_IN_PANDAS):
                continue
            command = [sys.executable, __file__, "--measure", what, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{what} of {size}: {done.stderr.strip()[-2000:]}")
            found.setdefault(str(size), {})[what] = json.loads(done.stdout)
            kept.write_text(json.dumps(found, indent=1), "utf-8")
            print(f"{size:>9,} {what}: {found[str(size)][what]}", flush=True)
    report(found)
    PICTURE.write_text(style.svg(chart(found)), "utf-8")


def report(found: dict[str, dict[str, Any]]) -> None:
    """Print seconds of the processor and their ratios, and how the whole assessment grows."""
    print(f"\n{'':17}{'patients':>9}{'clock s':>10}{'processor s':>13}{'times ours':>12}{'peak MiB':>10}")
    for size, told in sorted(found.items(), key=lambda one: int(one[0])):
        for what, one in told.items():
            base = {"DuckDB SQL": "states", "Polars windows": "states", "pandas": "three"}.get(what)
            times = f"{one['processor'] / told[base]['processor']:12.2f}" if base in told else " " * 12
            print(f"{what:17}{int(size):9,}{one['clock']:10.1f}{one['processor']:13.1f}{times}{one['peak']:10}")
    sizes = sorted(int(size) for size, told in found.items() if "assess" in told and int(size) >= 10_000)
    if len(sizes) > 1:
        seconds = [found[str(size)]["assess"]["processor"] for size in sizes]
        print(
            f"the assessment grows as n^{np.polyfit(np.log(sizes), np.log(seconds), 1)[0]:.2f} from {sizes[0]:,} to {sizes[-1]:,}"
        )


def chart(found: dict[str, dict[str, Any]]) -> Any:
    """Processor seconds against patients, both logarithmic."""
    names = {"states": "molecular states", "three": "states, ELN 2022, VEN-PRS", "pandas": "these three in pandas",
             "DuckDB SQL": "subset in DuckDB SQL", "Polars windows": "subset in Polars windows", "assess": "whole assessment"}  # fmt: skip
    rows = [
        {"patients": int(size), "seconds": one["processor"], "what": names[what]}
        for size, told in found.items()
        for what, one in told.items()
    ]
    base = alt.Chart(style.data(rows)).encode(
        x=alt.X("patients:Q", scale=alt.Scale(type="log"), title="patients (20 MRD samples each)"),
        y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="processor time, seconds"),
        color=alt.Color("what:N", scale=alt.Scale(domain=list(names.values()), range=list(style.SERIES[: len(names)])), legend=alt.Legend(columns=2)),
    )  # fmt: skip
    return (base.mark_line() + base.mark_point(filled=True, size=45)).properties(width=560, height=340)


if __name__ == "__main__":
    main()
