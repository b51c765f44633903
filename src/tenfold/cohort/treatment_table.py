"""How patients were treated: partner, dose, days, setting, azole, G-CSF, cycles, and what came after (VEN-PRS Table 2).

One row a patient of the index treatment, null where not known; described by `characteristics` with `TREATMENT_VARIABLES`.

Traps: what is asked of venetoclax is asked of those treated with it, and of those of whom that is not known; the dose is
the steady one (the line's, else the highest of its cycles), not that of a ramp-up day; nobody writes down that no azole was
given, so "no" needs medications recorded completely; time to the next therapy is a plain median of those who had one, as
VEN-PRS prints it (with the others in view it is a competing risk: `subsequent.subsequent_therapy`).

Shahswar et al., Leukemia 2025;39:614-622, Table 2; FILO 2025 (days of venetoclax in cycle 1, first cycle as outpatient).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.characteristics import Characteristics, Variable, characteristics
from tenfold.cohort.index_treatment import cycles_of
from tenfold.cohort.subsequent import LEVELS, subsequent_therapy
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH, FAR, known_on
from tenfold.treatment_history import venetoclax_given

DOSES = ("50 or 70 mg", "100 mg", "400 mg", "other doses")
DAYS = ("7 days", "14 days", "21 days", "28 days", "other days")
AZOLE = "conazo"
"""In the name of every azole (posaconazole, isavuconazonium ...)."""
WITH_VENETOCLAX = Variable("venetoclax", "Venetoclax in the treatment (its rows are of those not known to be without)")
"""The row that stands first where some are treated without venetoclax."""
TREATMENT_VARIABLES = (
    Variable("partner", "Combination partner"),
    Variable("venetoclax_dose", "Venetoclax, steady dose", levels=DOSES, asked_of="venetoclax"),
    Variable("venetoclax_mg", "Venetoclax, steady dose", "mg", asked_of="venetoclax"),
    Variable("setting", "Start of venetoclax", levels=("inpatient", "outpatient"), asked_of="venetoclax"),
    Variable("ramp_up", "Dose ramp-up", asked_of="venetoclax"),
    Variable("venetoclax_days_group", "Venetoclax in the first cycle", levels=DAYS, asked_of="venetoclax"),
    Variable("months_on_treatment", "Duration of treatment", "months", decimals=2),
    Variable("azole", "Azole"),
    Variable("g_csf", "G-CSF"),
    Variable("red_cell_transfusion", "Red cell transfusion"),
    Variable("platelet_transfusion", "Platelet transfusion"),
    Variable("cycles", "Cycles"),
    Variable("any_therapy", "Subsequent therapy"),
    Variable("subsequent", "First subsequent therapy, death or none", levels=LEVELS),
    Variable("months_to_subsequent", "From first day to subsequent therapy", "months", decimals=2),
)


def treatment_facts(assessment: Assessment, index: pl.DataFrame) -> pl.DataFrame:
    """Return how each patient of `index` was treated, one row: patient_id, `venetoclax` (whether it was given) and the columns of
    `TREATMENT_VARIABLES`.
    """
    registry = assessment.registry
    frame = index.select(
        "patient_id", "order", "earliest_day", "latest_day", "end_day", "next_order", "drugs", "cycles", venetoclax=venetoclax_given(),
        line_mg="venetoclax_mg", line_days="venetoclax_days",
    )  # fmt: skip
    for other in (
        _of_cycles(registry, index),
        _azole(registry, index),
        subsequent_therapy(assessment, index).select(
            "patient_id",
            "subsequent",
            "any_therapy",
            months_to_subsequent=pl.when(pl.col("status") == "therapy").then("months"),
        ),
    ):
        frame = frame.join(other, on="patient_id", how="left", maintain_order="left")
    partners = pl.col("drugs").str.split("+").list.eval(pl.element().filter(pl.element() != "venetoclax"))
    exact = pl.col("earliest_day") == pl.col("latest_day")
    days_on = pl.when(exact & (pl.col("end_day") >= pl.col("earliest_day"))).then(
        pl.col("end_day") - pl.col("earliest_day") + 1
    )
    mg = pl.coalesce("line_mg", "cycle_mg")
    days = pl.coalesce("cycle_days", "line_days")
    frame = known_on(registry, frame, "cycles", "cycles_known")
    dosed = ((mg > 0) | (days > 0)).fill_null(False)
    return frame.select(
        "patient_id",
        venetoclax=pl.when(dosed).then(True).otherwise("venetoclax"),
        partner=pl.when(partners.list.len() > 0).then(partners.list.sort().list.join("+")),
        venetoclax_dose=_dose(mg),
        venetoclax_mg=mg,
        setting=pl.col("setting").str.to_lowercase(),
        ramp_up="ramp_up",
        venetoclax_days_group=_days(days),
        venetoclax_days=days,
        months_on_treatment=days_on / DAYS_PER_MONTH,
        azole=pl.when(pl.col("azole_in_cycles") | pl.col("azole_taken").fill_null(False))
        .then(True)
        .when("medications_known")
        .then(False),
        g_csf="g_csf",
        red_cell_transfusion="red_cell_transfusion",
        platelet_transfusion="platelet_transfusion",
        cycles=pl.coalesce("cycles", pl.when("cycles_known").then("last_cycle")),
        any_therapy="any_therapy",
        subsequent="subsequent",
        months_to_subsequent="months_to_subsequent",
    )


def treatment_table(
    assessment: Assessment, index: pl.DataFrame, groups: pl.DataFrame | None = None, order: Sequence[str] = ()
) -> Characteristics:
    """Return the treatment table of all patients and by group (`groups`: patient_id, `group`), these in `order`."""
    facts = treatment_facts(assessment, index)
    some_without = (~facts["venetoclax"]).any()
    variables = (WITH_VENETOCLAX, *TREATMENT_VARIABLES) if some_without else TREATMENT_VARIABLES
    if groups is None:
        return characteristics(facts, variables)
    joined = facts.join(groups.select("patient_id", "group"), on="patient_id", how="left", maintain_order="left")
    return characteristics(joined, variables, by="group", order=order)


def _of_cycles(registry: Registry, index: pl.DataFrame) -> pl.DataFrame:
    """What the cycles say: dose, days and setting of the first, and what was given in any of them."""
    cycles = cycles_of(registry, index)
    given = ("ramp_up", "g_csf", "red_cell_transfusion", "platelet_transfusion")
    first = pl.col("number") == 1
    return cycles.group_by("patient_id").agg(
        *(pl.col(name).any(ignore_nulls=False) for name in given),
        cycle_mg=pl.col("venetoclax_mg").max(),
        cycle_days=pl.col("venetoclax_days").filter(first).first(),
        setting=pl.col("setting").filter(first).first(),
        azole_in_cycles=pl.col("azole").str.to_lowercase().str.contains(AZOLE).fill_null(False).any(),
        last_cycle=pl.col("number").max(),
    )


def _azole(registry: Registry, index: pl.DataFrame) -> pl.DataFrame:
    """Whether an azole was among the other medicines while the treatment was given, and whether those are all known."""
    frame = index.select("patient_id", "earliest_day", "latest_day", "end_day")
    medicines = registry.days("medications").filter(pl.col("drug").str.to_lowercase().str.contains(AZOLE))
    taken = medicines.select("patient_id", from_day="start_day", to_day="end_day").join(frame, on="patient_id")
    during = (pl.col("from_day") <= pl.coalesce("end_day", pl.lit(FAR))) & (
        pl.coalesce("to_day", pl.lit(FAR)) >= pl.col("earliest_day")
    )
    # A medicine without its first day may have been taken then.
    taken = taken.group_by("patient_id").agg(
        azole_taken=pl.when(during.any()).then(True), undated=during.is_null().any()
    )
    known = known_on(registry, frame, "medications", "medications_known")
    joined = known.join(taken, on="patient_id", how="left", maintain_order="left")
    return joined.select(
        "patient_id",
        "azole_taken",
        medications_known=pl.col("medications_known") & ~pl.col("undated").fill_null(False),
    )


def _dose(mg: pl.Expr) -> pl.Expr:
    return (
        pl.when(mg.is_in([50.0, 70.0]))
        .then(pl.lit(DOSES[0]))
        .when(mg == 100.0)
        .then(pl.lit(DOSES[1]))
        .when(mg == 400.0)
        .then(pl.lit(DOSES[2]))
        .when(mg.is_not_null())
        .then(pl.lit(DOSES[3]))
    )


def _days(days: pl.Expr) -> pl.Expr:
    named = days.is_in([7, 14, 21, 28])
    return pl.when(named).then(pl.format("{} days", days)).when(days.is_not_null()).then(pl.lit(DAYS[-1]))
