"""The laboratory's tables of a block: residual disease, marrows, counts, chemistry, variants, karyotypes, fusions.

Genetics are told at diagnosis and again when the leukaemia is relapsed or refractory, with one panel of genes; marrows
and counts at the turns of the course, so that what is read from them agrees with what is reported.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tenfold.cohort.simulation.course import Answer, Course
from tenfold.cohort.simulation.molecular import Series
from tenfold.cohort.simulation.numbers import NEVER, Floats, Integers, frequency
from tenfold.cohort.simulation.population import GENES, MARKERS, Group, Population
from tenfold.cohort.simulation.rows import Block, happens, stacked, words
from tenfold.vocabulary import ControlGene, Detection, Method, Tissue

FUSIONS = MARKERS[2:]
REARRANGED = ("46,{sex},t(8;21)(q22;q22)[20]", "46,{sex},inv(16)(p13q22)[20]")
KARYOTYPES = (*frequency("karyotypes_relapsed"), *frequency("karyotypes_npm1"), *REARRANGED)
PROTEIN = {"NPM1": ("frameshift", "p.W288Cfs*12"), "IDH1": ("missense", "p.R132H"), "IDH2": ("missense", "p.R140Q"),
           "SF3B1": ("missense", "p.K700E"), "SRSF2": ("missense", "p.P95H"), "U2AF1": ("missense", "p.S34F"),
           "DNMT3A": ("missense", "p.R882H"), "NRAS": ("missense", "p.G12D"), "KRAS": ("missense", "p.G12D"),
           "TP53": ("missense", "p.R175H"), "PTPN11": ("missense", "p.E76K")}  # fmt: skip
"""Kind and protein change by gene; of the others the kind is told alone. FLT3 has three kinds."""
TRUNCATED = ("frameshift", None)
FLT3_KINDS = (("ITD", None), ("TKD", "p.D835Y"), ("missense", "p.N676K"))
HIGH, LOW = 0.45, 0.05
BESIDE = frequency("genes_beside")
"""Genes that the panel looks at and the course does not hang on, drawn from a stream of their own; with NPM1 or a core-binding
factor they are never mutated."""


def laboratory_tables(
    people: Population,
    happened: Course,
    samples: Series,
    block: Block,
    generator: np.random.Generator,
    beside: np.random.Generator,
) -> dict[str, pl.DataFrame]:
    """Return the laboratory's tables of a block by name; `beside` is the stream of the genes beside the course."""
    marrows, counts = _marrows_and_counts(people, happened, block, generator)
    variants, tested = _variants(people, happened, block, generator, beside)
    return {
        "mrd_samples": mrd_samples(people, samples, block),
        "marrows": marrows,
        "counts": counts,
        "variants": variants,
        "genes_tested": tested,
        "karyotypes": _karyotypes(people, happened, block),
        "fusions": _fusions(people, block),
        "chemistry": _chemistry(happened, block, generator),
    }


def sample_ids(samples: Series, block: Block) -> tuple[Integers, Integers, pl.Series]:
    """Return patient, column and number of each sample that was taken."""
    who, column = np.nonzero(samples.taken)
    named = pl.DataFrame({"id": block.ids.gather(who), "k": column})
    return who, column, named.select(pl.format("{}-{}", "id", "k").alias("sample_id")).to_series()


def mrd_samples(people: Population, samples: Series, block: Block) -> pl.DataFrame:
    """Return what the laboratory reports: copies where they can be quantified, a call where they cannot."""
    who, column, ids = sample_ids(samples, block)
    taken = samples.taken
    copies, detected = samples.copies[taken], samples.detected[taken]
    call = np.where(detected, np.where(np.isnan(copies), 1, 2), 0)
    constant = np.zeros(len(who), np.int64)
    return block.frame(
        who,
        {"sample_date": samples.day[taken]},
        {
            "sample_id": ids,
            "laboratory": words(["simulated laboratory"], constant),
            "tissue": words([Tissue.MARROW, Tissue.BLOOD], samples.blood[column].astype(np.int64)),
            "marker": words(MARKERS, people.marker[who]),
            "method": words([Method.RT_QPCR], constant),
            "target_copies": pl.Series(copies).fill_nan(None),
            "control_gene": words([ControlGene.ABL1], constant),
            "control_copies": samples.control[taken],
            "detected": words([Detection.NO, Detection.BELOW_QUANTIFICATION, Detection.YES], call),
        },
    ).select("sample_id", pl.exclude("sample_id"))


def _marrows_and_counts(
    people: Population, happened: Course, block: Block, generator: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both at diagnosis, remission, relapse or refractory disease, at the first response and at failure."""
    n = len(people)
    failing = np.minimum(happened.second_relapse, happened.refractory)
    overt, good = np.zeros(n, np.int64), np.full(n, int(Answer.CR))
    frames: tuple[list[pl.DataFrame], list[pl.DataFrame]] = ([], [])
    for day, what, marrow in (
        (np.zeros(n, np.int64), overt, True),
        (happened.remission, good, True),
        (happened.failed, overt, True),
        (happened.index, overt, False),
        (happened.assessed, happened.answer, True),
        (failing, overt, True),
    ):
        drawn = generator.random((7, n))
        # Of a leukaemia-free marrow without recovery only the report is kept: ELN's "or" would read it as CRi.
        who = np.flatnonzero((day < NEVER) & (what != Answer.MLFS))
        answer, uniform = what[who], drawn[:, who]
        clear = (answer == Answer.CR) | (answer == Answer.CRI)
        blasts = np.where(
            clear, 1 + 3 * uniform[0], np.where(answer == Answer.PR, 6 + 12 * uniform[0], 26 + 68 * uniform[0])
        )
        if marrow:
            frames[0].append(
                block.frame(
                    who,
                    {"sample_date": day[who]},
                    {
                        "blasts_pct": np.round(blasts, 1),
                        "cellularity_pct": np.round(20 + 70 * uniform[1]),
                        "cells_counted": np.full(len(who), 500),
                        "spicules": np.ones(len(who), bool),
                    },
                )
            )
        complete = answer == Answer.CR
        frames[1].append(
            block.frame(
                who,
                {"sample_date": day[who]},
                {
                    "anc_e9_l": np.round(np.where(clear, 1.2 + 4 * uniform[2], 0.9 * uniform[2]), 2),
                    "platelets_e9_l": np.round(
                        np.where(
                            complete,
                            110 + 190 * uniform[3],
                            np.where(clear, 20 + 25 * uniform[3], 8 + 60 * uniform[3]),
                        )
                    ),
                    "wbc_e9_l": np.round(np.where(clear, 2.5 + 6 * uniform[4], 10 ** (2.3 * uniform[4] - 0.4)), 1),
                    "haemoglobin_g_dl": np.round(np.where(clear, 9.5 + 4 * uniform[5], 7 + 4 * uniform[5]), 1),
                    "blasts_pb_pct": np.round(np.where(clear, 0.0, 1 + 60 * uniform[6] ** 2)),
                },
            )
        )
    marrows, counts = (stacked(each, "patient_id", "sample_date") for each in frames)
    return marrows, counts


def _variants(
    people: Population, happened: Course, block: Block, generator: np.random.Generator, beside: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the panel found, and every gene that it looked at, at diagnosis and at relapse or refractory disease."""
    genes = (*GENES, *BESIDE)
    relapsed = (people.group == Group.RELAPSED_OR_REFRACTORY)[:, None]
    further = relapsed & (beside.random((len(people), len(BESIDE))) < np.array(list(BESIDE.values())))
    mutated = np.hstack([np.stack([people.genes[gene] for gene in GENES], axis=1), further])
    kinds = [PROTEIN.get(gene, TRUNCATED) for gene in genes] + list(FLT3_KINDS)
    which = np.broadcast_to(np.arange(len(genes)), mutated.shape)
    which = np.where((which == genes.index("FLT3")) & mutated, len(genes) + people.flt3[:, None], which)
    found, tested = [], []
    for day in (np.zeros(len(people), np.int64), happened.failed):
        uniform = [generator.random((len(people), len(GENES))), beside.random(further.shape)]
        vaf: Floats = LOW + (HIGH - LOW) * np.hstack(uniform)
        who, gene = np.nonzero(mutated & (day < NEVER)[:, None])
        kind = which[who, gene]
        itd = kind == len(genes)
        found.append(
            block.frame(
                who,
                {"sample_date": day[who]},
                {
                    "gene": words(genes, gene),
                    "hgvs_p": words([protein for _, protein in kinds], kind),
                    "kind": words([name for name, _ in kinds], kind),
                    "vaf": np.round(vaf[who, gene], 3),
                    "allelic_ratio": pl.Series(np.where(itd, np.round(vaf / (1 - vaf), 3)[who, gene], np.nan)).fill_nan(
                        None
                    ),
                    "pathogenic": np.ones(len(who), bool),
                },
            )
        )
        everybody = happens(day)
        each = np.repeat(everybody, len(genes))
        tested.append(
            block.frame(
                each,
                {"sample_date": day[each]},
                {
                    "gene": words(genes, np.tile(np.arange(len(genes)), len(everybody))),
                    "method": words(["NGS panel"], np.zeros(len(each), np.int64)),
                },
            )
        )
    return stacked(found, "patient_id", "sample_date", "gene"), stacked(tested, "patient_id", "sample_date", "gene")


def _karyotypes(people: Population, happened: Course, block: Block) -> pl.DataFrame:
    factor = people.group == Group.CORE_BINDING_FACTOR
    own = np.where(
        people.group == Group.NPM1, len(frequency("karyotypes_relapsed")) + people.karyotype, people.karyotype
    )
    own = np.where(factor, len(KARYOTYPES) - len(REARRANGED) + people.marker - 2, own)
    # A monosomy or a gain of an autosome leaves both sex chromosomes.
    texts = [text.format(sex=sex) for sex in ("XY", "XX") for text in KARYOTYPES]
    number = own + people.female * len(KARYOTYPES)
    frames = [
        block.frame(
            happens(day),
            {"sample_date": day[happens(day)]},
            {"iscn": words(texts, number[happens(day)]), "metaphases": np.full(len(happens(day)), 20)},
        )
        for day in (np.zeros(len(people), np.int64), happened.failed)
    ]
    return stacked(frames, "patient_id", "sample_date")


def _fusions(people: Population, block: Block) -> pl.DataFrame:
    who = np.repeat(np.arange(len(people)), len(FUSIONS))
    fusion = np.tile(np.arange(len(FUSIONS)), len(people))
    return block.frame(
        who,
        {"sample_date": np.zeros(len(who), np.int64)},
        {
            "fusion": words(FUSIONS, fusion),
            "method": words(["RNA"], np.zeros(len(who), np.int64)),
            "result": people.marker[who] == fusion + 2,
        },
    )


def _chemistry(happened: Course, block: Block, generator: np.random.Generator) -> pl.DataFrame:
    frames = []
    for day in (np.zeros(len(happened.end), np.int64), happened.index):
        who = happens(day)
        normal = generator.standard_normal((4, len(day)))[:, who]
        frames.append(
            block.frame(
                who,
                {"sample_date": day[who]},
                {
                    "creatinine_umol_l": np.round(80 * np.exp(0.3 * normal[0])),
                    "bilirubin_umol_l": np.round(10 * np.exp(0.4 * normal[1])),
                    "alt_u_l": np.round(30 * np.exp(0.5 * normal[2])),
                    "ldh_u_l": np.round(330 * np.exp(0.5 * normal[3])),
                },
            )
        )
    return stacked(frames, "patient_id", "sample_date")
