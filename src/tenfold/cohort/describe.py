"""What a registry paper prints of its patients before any model: characteristics, mutations, scores, survival by group.

`patient_facts` is the frame behind Table 1; every function gives plain frames, and `characteristics.cells` or
`response_tables.response_cells` write them as a paper does.

Traps: what was before, and a model's group, are read as known on the first day of the index treatment, else the index
treatment would count as its own pretreatment; a model's score counts only where it is exact, and who is outside its scope
is counted with the others but shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tenfold.assessment import ALL_MODELS, RISK_MODELS, Assessment
from tenfold.cohort.characteristics import Characteristics, Variable, cells, characteristics
from tenfold.cohort.flow import MOLECULAR_RELAPSE_STEPS, Flow, Step, flow, flow_facts
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.known_at_start import KnownAtStart, known_at_start, seen_at_start
from tenfold.cohort.molecular_tables import (
    AFTER_TWO_CYCLES,
    CATEGORIES,
    RESPONSE,
    Window,
    by_cycle,
    by_flt3_itd_or_ras,
    by_venetoclax_days,
    molecular_responses,
)
from tenfold.cohort.quantiles import QuantileType, spread
from tenfold.cohort.response_sets import RESPONSE_SETS, set_table
from tenfold.cohort.response_tables import (
    CATEGORY,
    ResponseTable,
    response_cells,
    response_table,
    tests_in_words,
)
from tenfold.cohort.subsequent import subsequent_counts, subsequent_therapy
from tenfold.cohort.treatment_table import treatment_table
from tenfold.cohort.unsettled import what_would_settle
from tenfold.logic.answering import answer
from tenfold.logic.decision import Score
from tenfold.records.registry import Registry
from tenfold.records.therapy import grafts
from tenfold.records.timeline import complete_from_the_beginning, exact_day, placed
from tenfold.risk.eln2022 import ELN_2022
from tenfold.vocabulary import Ontogeny, Risk, Sex

AROUND_DIAGNOSIS = 30
"""Days: ECOG and counts so near to diagnosis are those of diagnosis."""
RISKS = tuple(str(risk) for risk in Risk)
GENES = (
    "NPM1", "FLT3_ITD", "FLT3_TKD", "DNMT3A", "TET2", "IDH1", "IDH2", "ASXL1", "RUNX1", "TP53", "NRAS", "KRAS", "PTPN11",
    "NF1", "CEBPA", "SRSF2", "SF3B1", "U2AF1", "STAG2", "BCOR", "EZH2", "WT1",
)  # fmt: skip
"""Genes of Table 1 and of the oncoprint; FLT3 by kind."""
MOST_CYCLES = 12
"""Responses are told cycle by cycle up to this."""
TABLE_1 = (
    Variable("age_years", "Age", "years", decimals=1),
    Variable("sex", "Sex", levels=tuple(str(sex) for sex in (Sex.FEMALE, Sex.MALE))),
    Variable("ecog", "ECOG performance status at diagnosis", levels=("0", "1", "2", "3", "4")),
    Variable("ontogeny", "Origin", levels=tuple(str(one) for one in Ontogeny)),
    Variable("eln_2022", "ELN 2022 risk", levels=RISKS),
    Variable("complex_karyotype", "Complex karyotype"),
    Variable("normal_karyotype", "Normal karyotype"),
    Variable("extramedullary", "Extramedullary disease"),
    Variable("prior_transplant", "Allogeneic transplant before"),
    Variable("prior_hma", "Hypomethylating agent before"),
    Variable("wbc_e9_l", "White blood cells at diagnosis", "10⁹/L", decimals=1),
    Variable("haemoglobin_g_dl", "Haemoglobin at diagnosis", "g/dL", decimals=1),
    Variable("platelets_e9_l", "Platelets at diagnosis", "10⁹/L"),
)
"""Characteristics of Table 1; `GENES` follow as yes/no."""


def table_1_variables(genes: Sequence[str] = GENES) -> tuple[Variable, ...]:
    """The characteristics of Table 1 with the mutations of genes after them."""
    return (*TABLE_1, *(Variable(gene, f"{gene.replace('_', '-')} mutated") for gene in genes))


def patient_facts(
    assessment: Assessment,
    groups: pl.DataFrame | None = None,
    before: pl.DataFrame | None = None,
    *,
    age_at_diagnosis: bool = True,
) -> pl.DataFrame:
    """Return one row a patient with what `table_1_variables` name, null where not known, and `group` if groups are given.

    Sex and origin as recorded; age at diagnosis, else the age that the registry gives (or, unless `age_at_diagnosis`, that
    of the pictures); ECOG and counts the first on record from 30 days before to 30 days after diagnosis where that has a
    day, else none; the karyotype, mutations and risk at diagnosis; what was before from the present picture: of
    `seen_at_start` that is what was before time zero. `before` as for `grafted_before`.
    """
    registry = assessment.registry
    people = registry.patient_ids().join(
        registry.days("patients").select("patient_id", "sex", "ontogeny", "diagnosis_day", "age_at_diagnosis_years", "age_years"),
        on="patient_id", how="left", maintain_order="left",
    )  # fmt: skip
    genes = [gene for gene in GENES if gene in assessment.diagnosis.columns]
    diagnosis = assessment.diagnosis.select(
        "patient_id",
        "normal_karyotype",
        *genes,
        complex_karyotype="complex_eln2022",
        eln_2022=ELN_2022.key,
        age_at="age_years",
    )
    present = assessment.risk.select("patient_id", "extramedullary", "prior_hma")
    for other in (diagnosis, present, grafted_before(registry, before), _near_diagnosis(assessment)):
        people = people.join(other, on="patient_id", how="left", maintain_order="left")
    ages = ("age_at_diagnosis_years", "age_years", "age_at")
    facts = people.with_columns(
        age_years=pl.coalesce(ages if age_at_diagnosis else ages[::-1]).cast(pl.Float64),
        ecog=pl.col("ecog").cast(pl.String),
    ).drop("age_at", "age_at_diagnosis_years", "diagnosis_day")
    if groups is None:
        return facts
    return facts.join(groups.select("patient_id", "group"), on="patient_id", how="left", maintain_order="left")


def grafted_before(registry: Registry, before: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return patient_id and `prior_transplant`: an allogeneic graft before a place in time, or any on record without it.

    `before` holds patient_id and the first day (`day`) or place (`begun`) before which it counts; who is not in it has none.
    "No" only where transplants are recorded from the beginning; a graft that may lie on either side leaves it open.
    """
    people = registry.patient_ids()
    allografts = grafts(registry).filter(~pl.col("autologous"))
    if before is None:
        allografts = allografts.with_columns(surely=pl.lit(True), perhaps=pl.lit(True))
        asked: pl.Expr = pl.lit(True)
    else:
        day, place = (
            pl.col(name) if name in before.columns else pl.lit(None, pl.Int64).alias(name) for name in ("day", "begun")
        )
        places = before.select("patient_id", day, place, asked=pl.lit(True))
        people = people.join(places.select("patient_id", "asked"), on="patient_id", how="left", maintain_order="left")
        allografts = allografts.join(places, on="patient_id").with_columns(
            surely=pl.coalesce(pl.col("order") < pl.col("begun"), pl.col("latest_day") < pl.col("day")).fill_null(
                False
            ),
            perhaps=pl.coalesce(pl.col("order") < pl.col("begun"), pl.col("earliest_day") < pl.col("day")).fill_null(
                True
            ),
        )
        asked = pl.col("asked").fill_null(False)
    told = allografts.group_by("patient_id").agg(pl.col("surely").any(), pl.col("perhaps").any())
    surely, perhaps = (pl.col(name).fill_null(False) for name in ("surely", "perhaps"))
    none = complete_from_the_beginning(registry, "transplants") & ~perhaps
    return people.join(told, on="patient_id", how="left", maintain_order="left").select(
        "patient_id", prior_transplant=pl.when(asked & surely).then(True).when(asked & none).then(False)
    )


def vaf_by_gene(
    assessment: Assessment, *, least: int = 1, quantile_type: QuantileType = 7
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return variant allele fractions by gene: a row a gene, and a row a patient and gene.

    Of each patient and gene the first sample counts, and in it the highest fraction. The first frame: `gene`, `patients`
    with a variant on record, `with_vaf`, `median`, `lower_quartile`, `upper_quartile`, `lowest`, `highest` (fractions); genes
    of fewer than `least` patients are left out. Germline variants are left out; a variant of unknown origin is not.
    """
    found = placed(assessment.registry, "variants").filter(~pl.col("germline").fill_null(False))
    first = found.filter((pl.col("order") == pl.col("order").min().over("patient_id", "gene")).fill_null(True))
    each = first.group_by("patient_id", "gene").agg(vaf=pl.col("vaf").max()).sort("gene", "patient_id")
    rows: list[dict[str, Any]] = []
    for (gene,), part in each.group_by("gene", maintain_order=True):
        if part.height < least:
            continue
        known = spread(part["vaf"].drop_nulls().to_numpy(), type=quantile_type)
        told = ("median", "lower_quartile", "upper_quartile", "lowest", "highest")
        rows.append(
            {
                "gene": gene,
                "patients": part.height,
                "with_vaf": known.n,
                **{name: getattr(known, name) for name in told},
            }
        )
    numbers = dict.fromkeys(("median", "lower_quartile", "upper_quartile", "lowest", "highest"), pl.Float64)
    genes = pl.DataFrame(rows, schema={"gene": pl.String, "patients": pl.Int64, "with_vaf": pl.Int64, **numbers})
    genes = genes.sort("patients", "gene", descending=[True, False])
    return genes, each.filter(pl.col("gene").is_in(genes["gene"].implode()))


@dataclass(frozen=True)
class ScoreValues:
    """A score in a cohort. `rows`: patient_id, `total` (null where only bounds are known), `group`, `in_scope`.

    `cuts`: the bounds between the groups, each with the group below it; the last group lies above the last.
    """

    name: str
    rows: pl.DataFrame
    cuts: tuple[tuple[float, str], ...]
    last_group: str


def score_values(assessment: Assessment, model: Score) -> ScoreValues:
    """Return the totals of a score and its groups in all patients, also outside its published scope (`in_scope` says so).

    KeyError for a model that an assessment does not hold.
    """
    if not any(held is model for held in ALL_MODELS):
        raise KeyError(f"{model.name} is not among the models of an assessment")
    held = assessment.risk if model in RISK_MODELS else assessment.diagnosis
    inputs = [item.name for item in model.inputs if item.name in held.columns]
    rows = answer(held.select("patient_id", *inputs), [model], outside_scope="compute")
    low, high = (pl.col(f"{model.key}_{end}") for end in ("low", "high"))
    told = rows.select(
        "patient_id",
        total=pl.when(low == high).then(low.cast(pl.Float64)),
        group=pl.col(model.key),
        in_scope=pl.col(f"{model.key}_scope").cast(pl.String),
    )
    cuts = tuple((float(group.upper), str(group.answer)) for group in model.groups if group.upper is not None)
    return ScoreValues(model.name, told, cuts, str(model.groups[-1].answer))


@dataclass(frozen=True)
class Description:
    """What a paper's first tables say of a cohort. `index` is the treatment they are about (see `index_treatment`).

    `molecular` and `haematological` by name of the grouping ("all" without one) or of the set, `haematological_by_group` the
    sets again by the groups of Table 1; `cycles` as `by_cycle`; `mutations` and `fractions` as `vaf_by_gene`. `seen`: the
    assessment as at time zero. `no_day`: patients of the index treatment who have no published first day, so that Table 1
    cannot have them.
    """

    index: pl.DataFrame
    table_1: Characteristics
    treatment: Characteristics
    subsequent: pl.DataFrame
    molecular: dict[str, ResponseTable]
    haematological: dict[str, ResponseTable]
    haematological_by_group: dict[str, ResponseTable]
    cycles: pl.DataFrame
    flow: Flow
    mutations: pl.DataFrame
    fractions: pl.DataFrame
    seen: Assessment = field(repr=False, compare=False)
    no_day: int = 0

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table as text, by the name of a file; of the molecular responses those in which somebody has one."""
        named = {
            "table_1": cells(self.table_1, spread_as="both"),
            "treatment": cells(self.treatment),
            "subsequent_therapy": self.subsequent,
            "patient_flow": self.flow.steps,
            "mutations": self.mutations,
        }
        told = {name: table for name, table in self.molecular.items() if _has_any(table)}
        named |= {f"molecular_response_{name}": response_cells(table) for name, table in told.items()}
        counted = self.cycles.group_by("of", "cycle", "standing").agg(patients=pl.len().cast(pl.Int64))
        if self.cycles["standing"].is_in(CATEGORIES).any():
            named["molecular_response_by_cycle"] = counted.sort("of", "cycle", "standing").rename({"of": "tissue"})
        for name, table in self.haematological.items():
            whole = response_cells(table)
            if name in self.haematological_by_group:
                split = response_cells(self.haematological_by_group[name])
                whole = whole.join(split, on="response", how="left", maintain_order="left")
            named[f"response_{name.replace(' ', '_')}"] = whole
        return named

    def notes(self) -> dict[str, list[str]]:
        """What must stand under a table, by its name: who is in none of the groups, and the test beside each p."""
        said: dict[str, list[str]] = {name: [] for name in self.tables()}
        for name, one in (("table_1", self.table_1), ("treatment", self.treatment)):
            if one.ungrouped:
                said[name].append(f"{one.ungrouped} patients are in none of the groups: theirs is not known.")
        said["table_1"] += self._eln_2022_unsettled()
        if self.no_day:
            said["table_1"].append(
                f"{self.no_day} patients of the index treatment have no published first day and cannot stand in this table."
            )
        responses = {f"molecular_response_{name}": table for name, table in self.molecular.items()}
        by_group = self.haematological_by_group
        responses |= {f"response_{name.replace(' ', '_')}": table for name, table in by_group.items()}
        for name, table in responses.items():
            if name in said:
                said[name] += [f"{one}." for one in tests_in_words(table)]
                said[name] += [f"Left out: {row['patients']}, {row['why']}." for row in table.left_out.to_dicts()]
        if "molecular_response_by_cycle" in said:
            said["molecular_response_by_cycle"].append(f"The first {MOST_CYCLES} cycles, of those who began each.")
        return {name: lines for name, lines in said.items() if lines}

    def _eln_2022_unsettled(self) -> list[str]:
        """Of those whose ELN 2022 risk is not known in Table 1: how many have one of several, and what would settle it."""
        held = self.seen.diagnosis.filter(pl.col(ELN_2022.key).is_null())
        return what_would_settle(ELN_2022, held[f"{ELN_2022.key}_possible"], held[f"{ELN_2022.key}_decided_by"])


def describe(
    assessment: Assessment,
    groups: pl.DataFrame | None = None,
    *,
    index: pl.DataFrame | None = None,
    known: KnownAtStart | None = None,
    as_recorded: bool = False,
    patient_flow: Flow | None = None,
    order: Sequence[str] = (),
    age_at_diagnosis: bool = True,
    window: Window = AFTER_TWO_CYCLES,
    steps: Sequence[Step] = MOLECULAR_RELAPSE_STEPS,
    quantile_type: QuantileType = 7,
) -> Description:
    """Describe a cohort: Table 1 as known on the index day, the rest of those who had the index treatment.

    `groups` (patient_id, `group`), in `order`, are compared in Table 1, the treatment and the response tables. Without
    `index` it is the first treatment with venetoclax for residual or relapsed disease. `known` is what was known on each
    patient's index day; without it that is the first day of the index treatment, or, where none has a published day or
    `as_recorded` asks for it, all that is on record of everybody. Patients without an index day are not in Table 1.
    """
    index = index_treatment(assessment.registry, for_molecular_disease()) if index is None else index
    if known is None and not as_recorded:
        days = index.select("patient_id", index_day=exact_day()).drop_nulls()
        known = known_at_start(assessment, days) if days.height else None
    seen = assessment if known is None else seen_at_start(assessment, known)
    # Of records that are counted from time zero, what lies before it has a day below 0.
    before = (
        index.select("patient_id", begun="order")
        if known is None
        else seen.registry.patient_ids().with_columns(day=pl.lit(0, pl.Int64))
    )
    facts = patient_facts(seen, groups, before, age_at_diagnosis=age_at_diagnosis)
    genes = [gene for gene in GENES if gene in facts.columns]
    found = molecular_responses(assessment, index, window)
    splits = {
        "all": None,
        "by_venetoclax_days": by_venetoclax_days(assessment.registry, index),
        "by_flt3_itd_or_ras": by_flt3_itd_or_ras(assessment),
    }
    if groups is not None:
        splits["by_group"] = groups
    mutations, fractions = vaf_by_gene(seen)
    by_group = {} if groups is None else RESPONSE_SETS
    return Description(
        index=index,
        table_1=characteristics(
            facts,
            table_1_variables(genes),
            None if groups is None else "group",
            order=order,
            quantile_type=quantile_type,
        ),
        treatment=treatment_table(assessment, index, groups, order),
        subsequent=subsequent_counts(subsequent_therapy(assessment, index)),
        molecular={
            name: response_table(found, CATEGORIES, RESPONSE, split, order=order if name == "by_group" else ())
            for name, split in splits.items()
        },
        haematological={name: set_table(assessment, index, one) for name, one in RESPONSE_SETS.items()},
        haematological_by_group={
            name: set_table(assessment, index, one, groups, order=order) for name, one in by_group.items()
        },
        cycles=by_cycle(assessment, index, most=MOST_CYCLES),
        flow=flow(flow_facts(assessment, index, window), steps) if patient_flow is None else patient_flow,
        mutations=mutations,
        fractions=fractions,
        seen=seen,
        no_day=0 if known is None else index.join(known.present, on="patient_id", how="anti").height,
    )


def _has_any(table: ResponseTable) -> bool:
    """Whether anybody stands in a category of a response table."""
    return bool(table.rows.filter(pl.col("role") == CATEGORY)["count"].sum())


def _near_diagnosis(assessment: Assessment) -> pl.DataFrame:
    """ECOG and counts of the first record within 30 days of diagnosis; null where either day is not published."""
    registry = assessment.registry
    diagnosed = registry.days("patients").select("patient_id", "diagnosis_day")
    found = registry.patient_ids()
    for table, columns in (("status", ("ecog",)), ("counts", ("wbc_e9_l", "haemoglobin_g_dl", "platelets_e9_l"))):
        rows = placed(registry, table).join(diagnosed, on="patient_id", how="left")
        near = ((exact_day() - pl.col("diagnosis_day")).abs() <= AROUND_DIAGNOSIS).fill_null(False)
        of_each = [pl.col(name).drop_nulls().first() for name in columns]
        first = rows.filter(near).sort("patient_id", "order").group_by("patient_id").agg(of_each)
        found = found.join(first, on="patient_id", how="left", maintain_order="left")
    return found
