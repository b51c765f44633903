"""Simulated registries with their truth beside them. Nobody in them is real, and every one is labelled simulated.

Kinds: "venprs", patients with relapsed or refractory AML like the cohort of VEN-PRS, all given a hypomethylating agent
with venetoclax; "npm1", patients followed from the diagnosis of NPM1-mutated AML; "mixed", both and patients
followed from the diagnosis of core-binding factor AML.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.cohort.simulation.blocks import BLOCK, Part, blocks_of, generator
from tenfold.cohort.simulation.course import Course, course
from tenfold.cohort.simulation.hazards import impossible
from tenfold.cohort.simulation.laboratory import laboratory_tables, sample_ids
from tenfold.cohort.simulation.molecular import STATE_NAMES, Series, series
from tenfold.cohort.simulation.numbers import NEVER, Integers
from tenfold.cohort.simulation.population import COEFFICIENTS, GROUP_NAMES, Group, Population, population
from tenfold.cohort.simulation.rows import Block, known, words
from tenfold.cohort.simulation.tables import clinical_tables
from tenfold.mrd.kinetics_numbers import KINETICS
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

YEARS = ((17_167, 19_174), (15_340, 18_140))
"""First doses from January 2017 to June 2022, diagnoses followed from January 2012 to August 2019. Days since 1970."""
TITLE = "SIMULATED patients"
SOURCE = "simulated; numbers and their sources in tenfold.cohort.simulation, frequencies.toml"


@dataclass(frozen=True)
class Simulated:
    """A simulated registry with what is true in it.

    `truth`: one row a patient: `group`; what VEN-PRS weighs; `log_hazard_OS`, `log_hazard_EFS`; `venetoclax` (a
    hypomethylating agent with venetoclax was given, to which they apply) from `index_date`; `OS_days`, `OS_event`,
    `EFS_days`, `EFS_event` from it; `EFS_bounded` (the hazard of death exceeds that of an event: event-free survival is
    overall survival); `relapse_date` (where the clone leads, even if treatment or death comes first) and
    `doubling_days`. `samples`: one row an MRD sample: `true_level` (log10 % of ABL1, null for nothing), `true_state`,
    `planted_relapse` (first sample of a relapse that the series without noise confirms), `asked` (in remission and
    before any pre-emptive treatment: only there are relapses planted and looked for).
    """

    registry: Registry
    truth: pl.DataFrame
    samples: pl.DataFrame


def simulate_registry(
    patients: int, seed: int = 1, kind: str = "venprs", first_block: int = 0, *, noise: float | None = None
) -> Simulated:
    """Simulate so many patients, from a block of 1,000 on; the same patients whatever the number asked for at once.

    `noise`: of the MRD assay (SD, log10), the shipped one if None. ValueError for an unknown kind, fewer than one
    patient, or a seed, block or noise below 0.
    """
    parts = [simulate_block(block, wanted, seed, kind, noise) for block, wanted in blocks_of(patients, first_block)]
    tables = {name: pl.concat([part[0][name] for part in parts]) for name in parts[0][0]}
    registry = Registry.from_tables(
        tables | {"completeness": statements()},
        simulated=True,
        title=title(patients, seed, kind),
        sources=dict.fromkeys(tables, SOURCE),
    )
    return Simulated(registry, pl.concat([part[1] for part in parts]), pl.concat([part[2] for part in parts]))


def title(patients: int, seed: int, kind: str) -> str:
    """Return the title of a simulated registry, which says that it is one."""
    return f"{patients} {TITLE}, kind {kind}, seed {seed}"


def statements() -> pl.DataFrame:
    """Return what is not complete: only some days of chemistry, and of the medicines only azoles."""
    return pl.DataFrame(
        {"patient_id": [None, None], "table": ["chemistry", "medications"], "complete": [False, False]},
        schema={"patient_id": pl.String, "table": pl.String, "complete": pl.Boolean},
    )


def simulate_block(
    number: int, wanted: int, seed: int, kind: str, noise: float | None = None
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """Return the tables, the truth and the samples' truth of the first patients of a block."""
    spread = float(KINETICS["assay.noise_sd"]) if noise is None else noise
    if spread < 0:
        raise ValueError("the noise of an assay is 0 or more")
    people = population(kind, BLOCK, generator(seed, number, Part.POPULATION))
    drawn = generator(seed, number, Part.COURSE)
    happened = course(people, drawn)
    block = Block.numbered(number, _diagnosed(people, happened, drawn))
    streams = (generator(seed, number, part) for part in (Part.MOLECULAR, Part.NOISE))
    samples = series(people, happened, spread, *streams)
    tables = clinical_tables(people, happened, block, generator(seed, number, Part.TREATMENT))
    streams = (generator(seed, number, part) for part in (Part.LABORATORY, Part.GENES_BESIDE))
    tables |= laboratory_tables(people, happened, samples, block, *streams)
    tables = {name: tables[name] for name in TABLES if name in tables}
    truth, of_samples = _truth(people, happened, block), _truth_of_samples(samples, block)
    if wanted == BLOCK:
        return tables, truth, of_samples
    last = block.ids[wanted]
    tables = {name: frame.filter(pl.col("patient_id") < last) for name, frame in tables.items()}
    return tables, truth.filter(pl.col("patient_id") < last), of_samples.filter(pl.col("patient_id") < last)


def _diagnosed(people: Population, happened: Course, drawn: np.random.Generator) -> Integers:
    """Days of diagnosis: of the relapsed or refractory, those that put the first dose into its years."""
    entered = people.group == Group.RELAPSED_OR_REFRACTORY
    bounds = np.array(YEARS)[np.where(entered, 0, 1)]
    day = drawn.integers(bounds[:, 0], bounds[:, 1])
    return np.asarray(np.where(entered, day - happened.index, day))


def _truth(people: Population, happened: Course, block: Block) -> pl.DataFrame:
    treated = happened.venetoclax
    since = np.where(treated, happened.index, 0)
    event = np.minimum(np.minimum(happened.second_relapse, happened.refractory), happened.end)
    weighed = {"extramedullary": people.extramedullary, "prior_hma": people.prior_hma}
    weighed |= {gene: people.genes[gene] for gene in COEFFICIENTS["OS"] if gene in people.genes}
    hazards = {f"log_hazard_{endpoint}": values for endpoint, values in people.log_hazard.items()}
    frame = block.frame(
        np.arange(len(people)),
        {"index_date": np.where(treated, happened.index, NEVER), "relapse_date": happened.true_relapse},
        weighed
        | hazards
        | {
            "group": words(GROUP_NAMES, people.group),
            "venetoclax": treated,
            "OS_days": known((happened.end - since).astype(np.int64), treated),
            "OS_event": known(happened.died, treated),
            "EFS_days": known((event - since).astype(np.int64), treated),
            "EFS_event": known(happened.died | (event < happened.end), treated),
            "EFS_bounded": impossible(people.log_hazard["OS"], people.log_hazard["EFS"]),
            "doubling_days": np.round(happened.doubling_days, 2),
        },
    )
    return frame.select("patient_id", "group", pl.exclude("patient_id", "group"))


def _truth_of_samples(samples: Series, block: Block) -> pl.DataFrame:
    who, _, ids = sample_ids(samples, block)
    taken = samples.taken
    level = samples.level[taken]
    return pl.DataFrame(
        {
            "sample_id": ids,
            "patient_id": block.ids.gather(who),
            "true_level": known(level, np.isfinite(level)),
            "true_state": words(STATE_NAMES, samples.state[taken]),
            "planted_relapse": samples.planted[taken],
            "asked": samples.asked[taken],
        }
    )
