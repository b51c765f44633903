"""A laboratory's run with everything it was measured with, as one archive: so that it is measured the same way again.

The archive holds the run's file, the plate map, the profile, the centre's settings of that day and the diagnostic samples it
was compared with; once it is signed, the report as it was signed.
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from tenfold.assay.baseline import KEYS, baselines
from tenfold.assay.measure import NO_SAMPLES, MeasuredRun, measure
from tenfold.assay.profile import DEFAULT, Profile, read_profile
from tenfold.assay.rows import mrd_rows, reason_held_back
from tenfold.exchange.instruments import read_plate_map, read_run, with_plate_map
from tenfold.exchange.instruments.plate_map import SAMPLES
from tenfold.exchange.limits import MB, in_words
from tenfold.records.reading import read_table
from tenfold.records.registry import Registry
from tenfold.service.store.outcome import Refused
from tenfold.service.uploads import safe_name
from tenfold.settings import DEFAULTS, Settings
from tenfold.vocabulary import WellRole

LARGEST_RUN = 20 * MB
RUN, MAP, PROFILE, SETTINGS, BASELINE, WHICH, DAY, SIGNED = (
    "run/",
    "map.csv",
    "profile.toml",
    "settings.toml",
    "baseline.parquet",
    "which.txt",
    "day.txt",
    "signed.html",
)
SOME_DAY = date(2000, 1, 1)
"""Stands for the day of a sample where a centre keeps days, not dates; it is never stored."""


@dataclass(frozen=True, slots=True)
class Plate:
    """What a run is measured with. `which`: the run's name, where its file holds several; `day`: when it was, where it says none."""

    name: str
    run: bytes
    map: bytes = b""
    profile: bytes = b""
    settings: str = ""
    which: str = ""
    day: str = ""
    baseline: pl.DataFrame | None = None
    signed: str = ""

    def packed(self) -> bytes:
        """The plate as an archive."""
        held = io.BytesIO()
        parts: dict[str, str | bytes] = {RUN + safe_name(self.name): self.run, MAP: self.map, PROFILE: self.profile}
        parts |= {SETTINGS: self.settings, WHICH: self.which, DAY: self.day, SIGNED: self.signed}
        if self.baseline is not None:
            table = io.BytesIO()
            self.baseline.write_parquet(table)
            parts[BASELINE] = table.getvalue()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                if content:
                    archive.writestr(name, content)
        return held.getvalue()

    @staticmethod
    def unpacked(content: bytes) -> Plate:
        """The plate of an archive that `packed` made."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        name = next(name for name in held if name.startswith(RUN))
        baseline = None
        if BASELINE in held:
            baseline = pl.read_parquet(held[BASELINE])
        texts = {
            key: held.get(part, b"").decode()
            for key, part in (("settings", SETTINGS), ("which", WHICH), ("day", DAY), ("signed", SIGNED))
        }
        return Plate(
            name.removeprefix(RUN), held[name], held.get(MAP, b""), held.get(PROFILE, b""), baseline=baseline, **texts
        )  # fmt: skip


def diagnostic_samples(content: bytes) -> pl.DataFrame:
    """The diagnostic samples of an uploaded table. Refused in words."""
    with TemporaryDirectory(prefix="tenfold-") as folder:
        place = Path(folder) / "diagnosis.csv"
        place.write_bytes(content)
        try:
            registry = read_table(place, "mrd_samples")
        except (OSError, ValueError) as error:
            raise Refused(str(error).replace(f"{folder}/", "")) from error
    faults = registry.check()
    if faults.height:
        raise Refused("the table of diagnostic samples has faults", faults)
    return baselines(registry)


def patients_named(plate: Plate) -> list[str]:
    """The patients that the plate map names. Refused where the map cannot be read."""
    with TemporaryDirectory(prefix="tenfold-") as folder:
        samples = _samples(plate, Path(folder))
    return samples["patient_id"].drop_nulls().unique().to_list() if "patient_id" in samples.columns else []


def measured(plate: Plate, told: Mapping[str, Any] | None = None, more: pl.DataFrame | None = None) -> MeasuredRun:
    """Measure a plate. `told`: what is known of one sample (sample, patient_id, sample_date ...) beyond the plate map;
    `more`: diagnostic samples beyond the plate's own. Refused in words for what cannot be read.
    """
    for content, what in ((plate.run, "the run's file"), (plate.map, "the plate map"), (plate.profile, "the profile")):
        if len(content) > LARGEST_RUN:
            raise Refused(f"{what} has {in_words(len(content))}, and at most {in_words(LARGEST_RUN)} are read")
    if not plate.run:
        raise Refused("the run's file is empty")
    with TemporaryDirectory(prefix="tenfold-") as temporary:
        folder = Path(temporary)
        samples = _samples(plate, folder)
        if told is not None:
            samples = _with_told(samples, told)
        place = folder / "run" / safe_name(plate.name)
        place.parent.mkdir()
        place.write_bytes(plate.run)
        try:
            run = read_run(place, plate.which or None)
            run = run.dated(plate.day) if plate.day else run
            if plate.map:
                run = with_plate_map(run, read_plate_map(folder / MAP))
            known = [one for one in (plate.baseline, more) if one is not None]
            baseline = pl.concat(known).unique(KEYS, keep="first", maintain_order=True) if known else None
            return measure(run, _profile(plate, folder), samples, baseline)
        except (OSError, ValueError) as error:
            raise Refused(str(error).replace(f"{place.parent}/", "").replace(f"{folder}/", "")) from error


def _samples(plate: Plate, folder: Path) -> pl.DataFrame:
    if not plate.map:
        return NO_SAMPLES
    (folder / MAP).write_bytes(plate.map)
    try:
        return read_plate_map(folder / MAP).samples
    except (OSError, ValueError) as error:
        raise Refused(f"the plate map cannot be used: {str(error).replace(f'{folder}/', '')}") from error


def _with_told(samples: pl.DataFrame, told: Mapping[str, Any]) -> pl.DataFrame:
    rows = {row["sample"]: row for row in samples.to_dicts()}
    rows[told["sample"]] = {**rows.get(told["sample"], {}), **told}
    return pl.DataFrame(list(rows.values()), schema=SAMPLES)


def _profile(plate: Plate, folder: Path) -> Profile:
    """The profile of the run, over the settings of its centre."""
    settings = _settings(plate)
    if not plate.profile:
        changed = settings is not DEFAULTS
        return replace(DEFAULT, name="The centre's settings", origin="no profile was given", settings=settings) if changed else DEFAULT  # fmt: skip
    place = folder / PROFILE
    place.write_bytes(plate.profile)
    try:
        own = read_profile(place)
    except (KeyError, ValueError) as error:
        raise Refused(f"the profile cannot be used: {error.args[0]}") from error
    mine = {n.replace(".", "__"): e.value for n, e in own.settings.entries.items() if e.value != DEFAULTS[n]}
    both = replace(settings.changed(**mine), alignments=(*settings.alignments, *own.settings.alignments))
    return replace(own, origin="uploaded with the run", settings=both)


def _settings(plate: Plate) -> Settings:
    text = plate.settings.strip()
    return DEFAULTS.with_sections(tomllib.loads(text), "the centre's settings") if text else DEFAULTS


def results_of(run: MeasuredRun) -> list[dict[str, Any]]:
    """The patients' results of a run, in the order of its report."""
    return run.results.filter(pl.col("role") == WellRole.PATIENT).to_dicts()


def held_back(row: Mapping[str, Any]) -> str | None:
    """Why a result can be stored for nobody, whoever it is of and whenever it was taken; None if it can."""
    return reason_held_back({**row, "patient_id": "somebody", "sample_date": SOME_DAY})


def _not_contradicting(plate: Plate, own: pl.DataFrame | None, told: Mapping[str, Any]) -> pl.DataFrame | None:
    """The patient's diagnostic samples. Refused where the run was measured, and signed, against another than is on record now."""
    if own is None or plate.baseline is None:
        return own
    mine = plate.baseline.filter(pl.col("patient_id") == told["patient_id"])
    pair = ["baseline_target", "baseline_control"]
    both = mine.join(own, on=KEYS, suffix="_now")
    if both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_now") for name in pair)).height:
        raise Refused(
            "the patient's diagnostic sample is no longer the one that this run was compared with: upload the run anew, so"
            " that what is signed and what is stored say the same"
        )
    return own


def fact_of(
    plate: Plate, number: int, told: Mapping[str, Any], registry: Registry, day: int | None = None
) -> dict[str, Any]:
    """A result as a row of `mrd_samples`, measured with what was told of it and compared with the patient's own records.

    `day`: the sample's, where the centre keeps days. Refused with the reason where it must not be passed on.
    """
    rows = results_of(measured(plate))
    if not 0 <= number < len(rows):
        raise Refused("there is no such result in this run")
    row = rows[number]
    if row["sample"] is None:
        raise Refused("this result's sample has no name: give it one in a plate map")
    own = baselines(registry) if registry.axis == "calendar" else None
    told = {"sample": row["sample"], "sample_date": SOME_DAY, **told}
    again = measured(plate, told, _not_contradicting(plate, own, told))
    same = (pl.col("sample") == row["sample"]) & (pl.col("target") == row["target"])
    one = replace(again, results=again.results.filter(same & (pl.col("role") == WellRole.PATIENT)))
    made, held = mrd_rows(one)
    if held.height or made.height != 1:
        raise Refused("this result is held back: " + (held["why"][0] if held.height else "it is not one result"))
    cells = {name: value for name, value in made.row(0, named=True).items() if value is not None}
    if told.get("sample_id"):
        cells["sample_id"] = told["sample_id"]
    if day is not None:
        del cells["sample_date"]
        cells.pop("reported_date", None)
        cells["sample_day"] = day
    return cells
