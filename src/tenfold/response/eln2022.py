"""ELN 2022 response: CR, CRh, CRi, MLFS, PR, no response; refractory; relapse.

Traps: CRh comes before CRi; at exactly 0.5 and 50 a patient is in CRh, at exactly 5 % blasts not in remission; PR runs
from 5 to 25 % inclusive and needs a fall by half. ELN's CRi says neutropenia "or" thrombocytopenia: read literally both
may be low, and then nothing is left for MLFS; the other reading wants one count recovered. A marrow that is merely
aplastic is not evaluable: no response can be read from it.

Döhner et al., Blood 2022;140:1345-1377, Tables 8 and 9; Thol, Döhner, Ganser, Blood 2024;143:11-20, Table 1.
"""

from typing import Any

import polars as pl

from tenfold.logic.criterion import Facts, banded, yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise
from tenfold.vocabulary import Response

TABLE8 = "Döhner et al., Blood 2022;140:1345-1377, Table 8"
THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20, Table 1"
FERGUSON = "Ferguson et al., Haematologica 2016;101:1351, as cited by Shahswar et al., Leukemia 2025;39:614-622"

BLASTS = banded("marrow_blasts_pct", "Marrow blasts", (">=", 5), (">", 25), unit="%", citation=TABLE8)
NEUTROPHILS = banded("neutrophils_e9_l", "Neutrophils", (">=", 0.5), (">=", 1), unit="×10⁹/L", citation=TABLE8)
PLATELETS = banded("platelets_e9_l", "Platelets", (">=", 50), (">=", 100), unit="×10⁹/L", citation=TABLE8)
CIRCULATING = yes_no("circulating_blasts", "Circulating blasts", pl.col("blood_blasts_pct") > 0, citation=TABLE8)
EXTRAMEDULLARY = yes_no("extramedullary", "Extramedullary disease", citation=TABLE8)
EVALUABLE = yes_no("marrow_evaluable", "Evaluable marrow", citation=TABLE8)
CELLULAR = yes_no(
    "marrow_cellular",
    "Marrow with spicules and 200 cells counted or 10 % cellularity (not merely aplastic)",
    pl.col("spicules") & ((pl.col("cells_counted") >= 200) | (pl.col("cellularity_pct") >= 10)),
    citation=TABLE8,
)
HALVED = yes_no(
    "blasts_halved",
    "Marrow blasts fell by at least half",
    # More than 50 % cannot be half of anything, whatever there was before.
    (2 * pl.col("marrow_blasts_pct") <= pl.col("pretreatment_blasts_pct")) & (pl.col("marrow_blasts_pct") <= 50),
    citation=TABLE8,
)

MARROW_BLASTS = Input("marrow_blasts_pct", "blasts in the marrow", "number", "%", 0, 100)
PRETREATMENT_BLASTS = Input("pretreatment_blasts_pct", "blasts in the marrow before treatment", "number", "%", 0, 100)

INPUTS = (
    MARROW_BLASTS,
    Input("blood_blasts_pct", "blasts in the blood", "number", "%", 0, 100),
    Input("neutrophils_e9_l", "absolute neutrophil count", "number", "10⁹/L", 0, 500),
    Input("platelets_e9_l", "platelet count", "number", "10⁹/L", 0, 5000),
    Input("extramedullary", "extramedullary disease"),
    Input("marrow_evaluable", "the marrow could be evaluated"),
    PRETREATMENT_BLASTS,
    Input("treated", "treatment has begun"),
)


def clear(m: Facts) -> Any:
    """No leukaemia to be seen: marrow below 5 %, none in the blood, none outside."""
    return (m.marrow_blasts_pct < 5) & ~m.circulating_blasts & ~m.extramedullary


def recovered(m: Facts) -> Any:
    """Full haematological recovery."""
    return (m.neutrophils_e9_l >= 1) & (m.platelets_e9_l >= 100)


def one_recovered(m: Facts) -> Any:
    """Recovery of one of the two counts at least."""
    return (m.neutrophils_e9_l >= 1) | (m.platelets_e9_l >= 100)


CR = Rule(Response.CR, lambda m: clear(m) & recovered(m), "all criteria of complete remission", TABLE8)
CRH = Rule(
    Response.CRH,
    lambda m: clear(m) & (m.neutrophils_e9_l >= 0.5) & (m.platelets_e9_l >= 50),
    "remission with partial recovery of both counts",
    TABLE8,
)
PR = Rule(
    Response.PR,
    lambda m: (
        (m.marrow_blasts_pct >= 5)
        & (m.marrow_blasts_pct <= 25)
        & m.blasts_halved
        & ~m.circulating_blasts
        & ~m.extramedullary
        & recovered(m)
    ),
    "5 to 25 % blasts after a fall by half, with recovered counts",
    TABLE8,
)
NOT_EVALUABLE = Rule(Response.NOT_EVALUABLE, lambda m: ~m.marrow_evaluable, "no adequate marrow", TABLE8)
NO_RESPONSE = Rule(Response.NO_RESPONSE, otherwise, "none of the responses", TABLE8)
TREATED = Guard(
    yes_no("treated", "Treatment has begun", citation=TABLE8), "before any treatment there is no response to assess"
)
SEEN = (EVALUABLE, BLASTS, CIRCULATING, EXTRAMEDULLARY, NEUTROPHILS, PLATELETS)

RESPONSE = Decision(
    name="ELN-2022-response",
    edition="ELN-2022, CRi as the literal, inclusive 'or'",
    question="What is the haematological response in this marrow?",
    citation=TABLE8,
    inputs=INPUTS,
    criteria=(*SEEN, HALVED),
    guards=(TREATED,),
    rules=(
        NOT_EVALUABLE,
        CR,
        CRH,
        Rule(Response.CRI, clear, "remission with neutrophils or platelets, or both, not recovered", TABLE8),
        PR,
        NO_RESPONSE,
    ),
)
"""Neutropenia or thrombocytopenia or both make CRi."""

RESPONSE_ONE_RECOVERED = Decision(
    name="ELN-2022-response-one-recovered",
    edition="ELN-2022, CRi only when one count has recovered",
    question="What is the haematological response in this marrow?",
    citation=TABLE8,
    inputs=(
        *INPUTS,
        Input("spicules", "spicules in the aspirate"),
        Input("cells_counted", "cells counted in the aspirate", "number", "cells", 0, 100_000),
        Input("cellularity_pct", "cellularity of the marrow", "number", "%", 0, 100),
    ),
    criteria=(*SEEN, CELLULAR, HALVED),
    guards=(TREATED,),
    rules=(
        NOT_EVALUABLE,
        CR,
        CRH,
        Rule(Response.CRI, lambda m: clear(m) & one_recovered(m), "remission with one count not recovered", TABLE8),
        Rule(Response.MLFS, lambda m: clear(m) & m.marrow_cellular, "free of leukaemia without recovery", TABLE8),
        Rule(Response.NOT_EVALUABLE, clear, "the marrow is merely aplastic: repeat it", TABLE8),
        PR,
        NO_RESPONSE,
    ),
)
"""With both counts low it is MLFS, if the marrow is not merely aplastic."""


def response_decision(cri_reading: str) -> Decision:
    """Return the decision for a setting's reading of CRi: "either" or "one recovered"."""
    return {"either": RESPONSE, "one recovered": RESPONSE_ONE_RECOVERED}[cri_reading]


RELAPSE = Decision(
    name="ELN-2022-relapse",
    edition="ELN-2022",
    question="Has the leukaemia relapsed?",
    citation=THOL,
    inputs=(
        Input("remission_before", "CR, CRh or CRi achieved before"),
        MARROW_BLASTS,
        Input("extramedullary", "extramedullary disease"),
        Input("blood_blasts_twice", "blasts in two blood samples at least 7 days apart"),
    ),
    criteria=(
        yes_no("remission_before", "CR, CRh or CRi before", citation=THOL),
        BLASTS,
        EXTRAMEDULLARY,
        yes_no("blood_blasts_twice", "Blasts in two blood samples at least 7 days apart", citation=THOL),
    ),
    rules=(
        Rule(
            Response.RELAPSE,
            lambda m: m.remission_before & ((m.marrow_blasts_pct >= 5) | m.extramedullary | m.blood_blasts_twice),
            "leukaemia is back after a remission",
            THOL,
        ),
        Rule("no relapse", otherwise, "no criterion of relapse is met", THOL),
    ),
)

REFRACTORY = Decision(
    name="ELN-2022-refractory",
    edition="ELN-2022",
    question="Is the leukaemia refractory to its first treatment?",
    citation=THOL,
    inputs=(
        Input("remission_achieved", "CR, CRh or CRi achieved"),
        Input("intensive_courses", "courses of intensive induction completed", "number", "courses", 0, 20),
        Input("days_on_nonintensive", "days since non-intensive treatment began", "number", "days", 0, 10_000),
    ),
    criteria=(
        yes_no("remission_achieved", "CR, CRh or CRi achieved", citation=THOL),
        banded("intensive_courses", "Courses of intensive induction", (">=", 2), citation=THOL),
        banded("days_on_nonintensive", "Time on non-intensive treatment", (">=", 180), unit="days", citation=THOL),
    ),
    rules=(
        Rule(
            Response.REFRACTORY,
            lambda m: ~m.remission_achieved & ((m.intensive_courses >= 2) | (m.days_on_nonintensive >= 180)),
            "no CR, CRh or CRi after two intensive courses or 180 days of non-intensive treatment",
            THOL,
        ),
        Rule("not refractory", otherwise, "in remission, or too early to call", THOL),
    ),
)

REFRACTORY_FERGUSON = Decision(
    name="Ferguson-refractory",
    edition="Ferguson 2016",
    question="Is the leukaemia refractory after the first induction?",
    citation=FERGUSON,
    inputs=(MARROW_BLASTS, PRETREATMENT_BLASTS),
    criteria=(
        banded(
            "blasts_after_induction",
            "Marrow blasts after induction",
            (">", 15),
            of=pl.col("marrow_blasts_pct"),
            unit="%",
            citation=FERGUSON,
        ),
        HALVED,
    ),
    rules=(
        Rule(
            Response.REFRACTORY,
            lambda m: (m.blasts_after_induction > 15) & ~m.blasts_halved,
            "more than 15 % blasts and a fall of less than half",
            FERGUSON,
        ),
        Rule("not refractory", otherwise, "15 % blasts or fewer, or a fall by half", FERGUSON),
    ),
)
