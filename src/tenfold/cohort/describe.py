"""What a registry paper prints of its patients before any model: characteristics, mutations, scores, survival by group.

`patient_facts` is the frame behind Table 1; every function gives plain frames, and `characteristics.cells` or
`response_tables.response_cells` write them as a paper does.

Traps: what is known of a patient is what was known at diagnosis unless the name says otherwise; a model's score counts
only where it is exact, and who is outside its scope is counted with the others but shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import ALL_MODELS, RISK_MODELS, Assessment
from tenfold.cohort.characteristics import Characteristics, Variable, cells, characteristics
from tenfold.cohort.flow import MOLECULAR_RELAPSE_STEPS, Flow, Step, flow, flow_facts
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.molecular_tables import (
    AFTER_TWO_CYCLES,
    CATEGORIES,
    RESPONSE,
    Window,
    by_flt3_itd_or_ras,
    by_venetoclax_days,
    molecular_responses,
)
from tenfold.cohort.quantiles import QuantileType, spread
from tenfold.cohort.response_sets import RESPONSE_SETS, set_table
from tenfold.cohort.response_tables import ResponseTable, response_cells, response_table
from tenfold.cohort.subsequent import subsequent_counts, subsequent_therapy
from tenfold.cohort.treatment_table import treatment_table
from tenfold.logic.answering import answer
from tenfold.logic.decision import Score
from tenfold.records.timeline import exact_day, placed
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
TABLE_1 = (
    Variable("age_years", "Age", "years", decimals=1),
    Variable("sex", "Sex", levels=tuple(str(sex) for sex in (Sex.FEMALE, Sex.MALE))),
    Variable("ecog", "ECOG performance status", levels=("0", "1", "2", "3", "4")),
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


def patient_facts(assessment: Assessment, groups: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return one row a patient with what `table_1_variables` name, null where not known, and `group` if groups are given.

    Sex, origin and age as recorded (age at diagnosis, else the age that the registry gives); ECOG and counts the first on
    record from 30 days before to 30 days after diagnosis where that has a day, else none; the karyotype, mutations and risk
    at diagnosis; what was before from the present picture.
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
        "prior_transplant",
        *genes,
        complex_karyotype="complex_eln2022",
        eln_2022=ELN_2022.key,
        age_at="age_years",
    )
    present = assessment.risk.select("patient_id", "extramedullary", "prior_hma")
    for other in (diagnosis, present, _near_diagnosis(assessment)):
        people = people.join(other, on="patient_id", how="left", maintain_order="left")
    facts = people.with_columns(
        age_years=pl.coalesce("age_at_diagnosis_years", "age_years", "age_at").cast(pl.Float64),
        ecog=pl.col("ecog").cast(pl.String),
    ).drop("age_at", "age_at_diagnosis_years", "diagnosis_day")
    if groups is None:
        return facts
    return facts.join(groups.select("patient_id", "group"), on="patient_id", how="left", maintain_order="left")


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

    `molecular` and `haematological` by name of the grouping ("all" without one); `mutations` and `fractions` as `vaf_by_gene`.
    """

    index: pl.DataFrame
    table_1: Characteristics
    treatment: Characteristics
    subsequent: pl.DataFrame
    molecular: dict[str, ResponseTable]
    haematological: dict[str, ResponseTable]
    flow: Flow
    mutations: pl.DataFrame
    fractions: pl.DataFrame

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table as text, by the name of a file."""
        named = {
            "table_1": cells(self.table_1, spread_as="both"),
            "treatment": cells(self.treatment),
            "subsequent_therapy": self.subsequent,
            "patient_flow": self.flow.steps,
            "mutations": self.mutations,
        }
        named |= {f"molecular_response_{name}": response_cells(table) for name, table in self.molecular.items()}
        return named | {f"response_{name}": response_cells(table) for name, table in self.haematological.items()}


def describe(
    assessment: Assessment,
    groups: pl.DataFrame | None = None,
    *,
    index: pl.DataFrame | None = None,
    window: Window = AFTER_TWO_CYCLES,
    steps: Sequence[Step] = MOLECULAR_RELAPSE_STEPS,
    quantile_type: QuantileType = 7,
) -> Description:
    """Describe a cohort: Table 1 of everybody on record, the rest of those who had the index treatment.

    `groups` (patient_id, `group`) are compared in Table 1 and the treatment table. Without `index` it is the first treatment
    with venetoclax for residual or relapsed disease.
    """
    index = index_treatment(assessment.registry, for_molecular_disease()) if index is None else index
    facts = patient_facts(assessment, groups)
    genes = [gene for gene in GENES if gene in facts.columns]
    found = molecular_responses(assessment, index, window)
    splits = {
        "all": None,
        "by_venetoclax_days": by_venetoclax_days(assessment.registry, index),
        "by_flt3_itd_or_ras": by_flt3_itd_or_ras(assessment),
    }
    mutations, fractions = vaf_by_gene(assessment)
    return Description(
        index=index,
        table_1=characteristics(
            facts, table_1_variables(genes), None if groups is None else "group", quantile_type=quantile_type
        ),
        treatment=treatment_table(assessment, index, groups),
        subsequent=subsequent_counts(subsequent_therapy(assessment, index)),
        molecular={name: response_table(found, CATEGORIES, RESPONSE, split) for name, split in splits.items()},
        haematological={name: set_table(assessment, index, one) for name, one in RESPONSE_SETS.items()},
        flow=flow(flow_facts(assessment, index, window), steps),
        mutations=mutations,
        fractions=fractions,
    )


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
