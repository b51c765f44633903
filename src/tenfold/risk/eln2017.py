"""ELN 2017 genetic risk at diagnosis.

Traps: FLT3-ITD counts by its allelic ratio, low below 0.5 and high from 0.5 on; complex has no hyperdiploid exception;
CEBPA must be mutated on both alleles; any TP53 mutation counts; RUNX1 and ASXL1 do not count with a favourable subtype.
That NPM1 with adverse cytogenetics is adverse is a sentence of 2022; in 2017 the table does not say: both are shown, as
for TP53 with a favourable subtype.

Döhner et al., Blood 2017;129:424-447, Table 5.
"""

from typing import Any

from tenfold.genetics.lesions import ADVERSE_CYTOGENETICS_2017, READING, core_binding_factor, disputed, fact, inputs
from tenfold.logic.criterion import Facts, any_of, banded
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.risk.scope import NOT_APL, NOT_APL_INPUT
from tenfold.vocabulary import Risk

CITATION = "Döhner et al., Blood 2017;129:424-447, Table 5"
HIGH_RATIO = 0.5


def _favourable_gene(m: Facts) -> Any:
    return (m.NPM1 & ~(m.FLT3_ITD & (m.FLT3_ITD_allelic_ratio >= HIGH_RATIO))) | m.CEBPA_biallelic


ELN_2017 = Decision(
    name="ELN-2017",
    edition="ELN 2017",
    question="Which genetic risk at diagnosis, as of 2017?",
    citation=CITATION,
    inputs=(
        *inputs(
            (
                "t_8_21",
                "inv_16",
                *ADVERSE_CYTOGENETICS_2017,
                "t_9_11",
                "TP53",
                "NPM1",
                "FLT3_ITD",
            )
        ),
        Input("FLT3_ITD_allelic_ratio", "allelic ratio of FLT3-ITD", "number", "", 0, 1000),
        *inputs(("CEBPA_biallelic", "RUNX1", "ASXL1")),
        READING,
        NOT_APL_INPUT,
    ),
    criteria=(
        core_binding_factor(CITATION),
        any_of("adverse_cytogenetics_2017", "Adverse cytogenetics", *ADVERSE_CYTOGENETICS_2017, citation=CITATION),
        fact("t_9_11", citation=CITATION),
        fact("TP53", citation=CITATION),
        fact("NPM1", citation=CITATION),
        fact("FLT3_ITD", citation=CITATION),
        banded("FLT3_ITD_allelic_ratio", "Allelic ratio of FLT3-ITD", (">=", HIGH_RATIO), citation=CITATION),
        fact("CEBPA_biallelic", citation=CITATION),
        any_of("RUNX1_or_ASXL1", "RUNX1 or ASXL1 mutated", "RUNX1", "ASXL1", citation=CITATION),
        disputed(CITATION),
    ),
    reading="footnote_reading",
    guards=(NOT_APL,),
    order=tuple(Risk),
    rules=(
        Rule(
            Risk.ADVERSE,
            lambda m: m.core_binding_factor & m.TP53 & m.footnote_reading.is_("the other way"),
            "core-binding factor with TP53, if TP53 is held to weigh more",
        ),
        Rule(Risk.FAVOURABLE, lambda m: m.core_binding_factor, "core-binding factor leukaemia"),
        Rule(
            Risk.FAVOURABLE,
            lambda m: (
                _favourable_gene(m)
                & (m.adverse_cytogenetics_2017 | (m.TP53 & ~m.t_9_11))
                & m.footnote_reading.is_("the other way")
            ),
            "a favourable gene with adverse cytogenetics or TP53, if the favourable line is held to precede",
        ),
        Rule(Risk.ADVERSE, lambda m: m.adverse_cytogenetics_2017, "adverse cytogenetics"),
        Rule(
            Risk.ADVERSE,
            lambda m: m.t_9_11 & m.TP53 & m.footnote_reading.is_("the other way"),
            "t(9;11) with TP53, if TP53 is held to be no rare gene mutation",
        ),
        Rule(Risk.INTERMEDIATE, lambda m: m.t_9_11, "t(9;11), which precedes rare adverse gene mutations"),
        Rule(Risk.ADVERSE, lambda m: m.TP53, "TP53 mutated"),
        Rule(
            Risk.FAVOURABLE,
            _favourable_gene,
            "NPM1 mutated without FLT3-ITD or with a low ratio, or CEBPA on both alleles",
        ),
        Rule(Risk.ADVERSE, lambda m: m.RUNX1_or_ASXL1, "RUNX1 or ASXL1 mutated"),
        Rule(
            Risk.ADVERSE,
            lambda m: ~m.NPM1 & m.FLT3_ITD & (m.FLT3_ITD_allelic_ratio >= HIGH_RATIO),
            "FLT3-ITD with a high ratio, without NPM1",
        ),
        Rule(Risk.INTERMEDIATE, otherwise, "neither favourable nor adverse"),
    ),
)
