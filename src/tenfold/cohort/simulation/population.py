"""Who the simulated patients are: groups, genetics with published frequencies, and what VEN-PRS weighs.

Three groups: relapsed or refractory at entry (the cohort of VEN-PRS), and at diagnosis NPM1-mutated or
core-binding factor.
Traps: mutations are drawn independently of each other and of the clinic, which real ones are not, and are the same at
diagnosis and at relapse; the shares of NF1, PTPN11 and SF3B1 are derived, not printed.

Shahswar et al., Leukemia 2025;39:614-622, Tables 1 and 4; every number stands in `frequencies.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from tenfold.cohort.simulation.numbers import Flags, Floats, Integers, draw, frequency, number
from tenfold.risk.venprs import PUBLISHED

GENES = tuple(frequency("genes_relapsed"))
MARKERS = ("", "NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11")
"""What is followed as residual disease; the empty one: nothing."""
KINDS = {"venprs": (1.0, 0.0, 0.0), "npm1": (0.0, 1.0, 0.0), "mixed": tuple(number("first_line.groups"))}
"""Kinds of registry: the shares of the three groups."""
COEFFICIENTS = {
    endpoint: {name: float(row["weight"]) for name, row in PUBLISHED[endpoint]["weights"].items()}
    for endpoint in ("OS", "EFS")
}
"""VEN-PRS: log hazard ratios for overall and event-free survival."""


class Group(IntEnum):
    """How a patient comes into the registry."""

    RELAPSED_OR_REFRACTORY = 0
    NPM1 = 1
    CORE_BINDING_FACTOR = 2


GROUP_NAMES = ("relapsed or refractory", "NPM1", "core-binding factor")
GENE_TABLES = ("genes_relapsed", "genes_npm1", "genes_core_binding_factor")


@dataclass(frozen=True)
class Population:
    """Simulated patients, arrays of length n.

    `marker`: place in MARKERS; `ontogeny`: 0 de novo, 1 therapy-related, 2 secondary; `genes`: mutated, by gene;
    `flt3`: 0 ITD, 1 TKD, 2 other, of those mutated; `relapsed`: of the relapsed or refractory, relapsed;
    `log_hazard`: VEN-PRS by endpoint ("OS", "EFS").
    """

    group: Integers
    marker: Integers
    female: Flags
    age: Floats
    ecog: Integers
    ontogeny: Integers
    genes: dict[str, Flags]
    flt3: Integers
    karyotype: Integers
    extramedullary: Flags
    prior_hma: Flags
    intensive: Flags
    prior_transplant: Flags
    relapsed: Flags
    log_hazard: dict[str, Floats]

    def __len__(self) -> int:
        """How many patients."""
        return len(self.group)


def population(kind: str, patients: int, generator: np.random.Generator) -> Population:
    """Draw patients of a kind of registry. ValueError for a kind that is not one of KINDS."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of simulated registry; there are {', '.join(KINDS)}")
    group = draw(KINDS[kind], patients, generator)
    entered = group == Group.RELAPSED_OR_REFRACTORY
    genes = _genes(group, generator)
    uniform = generator.random((8, patients))
    centre, spread = (
        np.where(entered, *pair) for pair in zip(number("relapsed.age"), number("first_line.age"), strict=True)
    )
    age = np.clip(centre + spread * generator.standard_normal(patients), 20, np.where(entered, 88, 75))
    prior_hma = entered & (uniform[0] < number("relapsed.prior_hma"))
    intensive = ~entered | (uniform[1] < np.where(prior_hma, _intensive_after_hma(), _without_hma()))
    transplant = number("relapsed.prior_transplant") / number("relapsed.intensive")
    extramedullary = uniform[3] < number("relapsed.extramedullary")
    present = {"extramedullary": extramedullary, "prior_hma": prior_hma, **genes}
    fusion = np.where(uniform[4] < 0.5, 2, 3)
    marker = np.where(group == Group.CORE_BINDING_FACTOR, fusion, np.where(genes["NPM1"], 1, 0))
    return Population(
        group=group,
        marker=marker,
        female=uniform[5] < np.where(entered, number("relapsed.female"), 0.5),
        age=age,
        ecog=draw(number("relapsed.ecog"), patients, generator),
        ontogeny=np.where(entered, draw(number("relapsed.ontogeny"), patients, generator), 0),
        genes=genes,
        flt3=draw(list(frequency("flt3").values()), patients, generator),
        karyotype=_karyotypes(group, generator),
        extramedullary=extramedullary,
        prior_hma=prior_hma,
        intensive=intensive,
        prior_transplant=entered & intensive & (uniform[6] < transplant),
        relapsed=entered & (uniform[7] < number("relapsed.relapsed")),
        log_hazard={
            endpoint: np.asarray(sum(weight * present[name] for name, weight in weights.items()), float)
            for endpoint, weights in COEFFICIENTS.items()
        },
    )


def expected_log_hazards(endpoint: str) -> tuple[Floats, Floats]:
    """Return every value that VEN-PRS takes and its share among the relapsed or refractory, as simulated."""
    shares = frequency("genes_relapsed") | {
        name: number(f"relapsed.{name}") for name in ("extramedullary", "prior_hma")
    }
    values, share = np.zeros(1), np.ones(1)
    for name, weight in COEFFICIENTS[endpoint].items():
        values = np.concatenate([values, values + weight])
        share = np.concatenate([share * (1 - shares[name]), share * shares[name]])
    return values, share


def _genes(group: Integers, generator: np.random.Generator) -> dict[str, Flags]:
    uniform = generator.random((len(GENES), len(group)))
    shares = np.array([[frequency(table).get(gene, 0.0) for table in GENE_TABLES] for gene in GENES])
    return {gene: uniform[k] < shares[k][group] for k, gene in enumerate(GENES)}


def _karyotypes(group: Integers, generator: np.random.Generator) -> Integers:
    """Place in the list of the patient's own group; a core-binding factor has its rearrangement."""
    relapsed = draw(list(frequency("karyotypes_relapsed").values()), len(group), generator)
    npm1 = draw(list(frequency("karyotypes_npm1").values()), len(group), generator)
    return np.where(group == Group.RELAPSED_OR_REFRACTORY, relapsed, npm1)


def _without_hma() -> float:
    return float(number("relapsed.intensive_without_hma"))


def _intensive_after_hma() -> float:
    """So that both shares, of intensive chemotherapy and of hypomethylating agents, come out as published."""
    prior = number("relapsed.prior_hma")
    return float((number("relapsed.intensive") - (1 - prior) * _without_hma()) / prior)
