"""ELN 2022 genetic risk at diagnosis, for patients treated intensively.

Order: core-binding factor; adverse cytogenetics; t(9;11); TP53 at a VAF of at least 10 %; NPM1 without FLT3-ITD or CEBPA
in frame in bZIP; a myelodysplasia-related gene; everything else is intermediate.
Traps: the allelic ratio of FLT3-ITD no longer counts; a myelodysplasia-related gene never turns a favourable leukaemia
adverse; NPM1 with adverse cytogenetics is adverse. Four pairs are disputed and shown as both: core-binding factor with
TP53, t(9;11) with TP53, CEBPA bZIP with adverse cytogenetics or TP53 (the footnote names NPM1 only), and NPM1 with
FLT3-ITD and a myelodysplasia-related gene (the footnote protects favourable subtypes only).

Döhner et al., Blood 2022;140:1345-1377, Table 6.
"""

from tenfold.genetics.lesions import (
    ADVERSE_CYTOGENETICS_2022,
    MYELODYSPLASIA_RELATED_ELN_2022,
    READING,
    core_binding_factor,
    disputed,
    fact,
    inputs,
    myelodysplasia_related,
)
from tenfold.logic.criterion import any_of
from tenfold.logic.decision import Decision, Rule, otherwise
from tenfold.risk.scope import NOT_APL, NOT_APL_INPUT
from tenfold.vocabulary import Risk

CITATION = "Döhner et al., Blood 2022;140:1345-1377, Table 6"

ELN_2022 = Decision(
    name="ELN-2022",
    edition="ELN 2022",
    question="Which genetic risk at diagnosis, treated intensively?",
    citation=CITATION,
    inputs=(
        *inputs(
            (
                "t_8_21",
                "inv_16",
                *ADVERSE_CYTOGENETICS_2022,
                "t_9_11",
                "TP53_at_least_10_percent",
                "NPM1",
                "FLT3_ITD",
                "CEBPA_bZIP_in_frame",
                *MYELODYSPLASIA_RELATED_ELN_2022,
            )
        ),
        READING,
        NOT_APL_INPUT,
    ),
    criteria=(
        core_binding_factor(CITATION),
        any_of("adverse_cytogenetics_2022", "Adverse cytogenetics", *ADVERSE_CYTOGENETICS_2022, citation=CITATION),
        fact("t_9_11", citation=CITATION),
        fact("TP53_at_least_10_percent", citation=CITATION),
        fact("NPM1", citation=CITATION),
        fact("FLT3_ITD", citation=CITATION),
        fact("CEBPA_bZIP_in_frame", citation=CITATION),
        myelodysplasia_related(CITATION),
        disputed(CITATION),
    ),
    reading="footnote_reading",
    guards=(NOT_APL,),
    order=tuple(Risk),
    rules=(
        Rule(
            Risk.ADVERSE,
            lambda m: m.core_binding_factor & m.TP53_at_least_10_percent & m.footnote_reading.is_("the other way"),
            "core-binding factor with TP53, if TP53 is held to weigh more",
        ),
        Rule(Risk.FAVOURABLE, lambda m: m.core_binding_factor, "core-binding factor leukaemia"),
        Rule(
            Risk.FAVOURABLE,
            lambda m: (
                m.CEBPA_bZIP_in_frame
                & (m.adverse_cytogenetics_2022 | (m.TP53_at_least_10_percent & ~m.t_9_11))
                & m.footnote_reading.is_("the other way")
            ),
            "CEBPA in frame in bZIP, if the footnote on adverse findings is held to bind NPM1 only",
        ),
        Rule(Risk.ADVERSE, lambda m: m.adverse_cytogenetics_2022, "adverse cytogenetics"),
        Rule(
            Risk.ADVERSE,
            lambda m: m.t_9_11 & m.TP53_at_least_10_percent & m.footnote_reading.is_("the other way"),
            "t(9;11) with TP53, if TP53 is held to be no rare gene mutation",
        ),
        Rule(Risk.INTERMEDIATE, lambda m: m.t_9_11, "t(9;11), which precedes rare adverse gene mutations"),
        Rule(Risk.ADVERSE, lambda m: m.TP53_at_least_10_percent, "TP53 mutated with a VAF of at least 10 %"),
        Rule(Risk.FAVOURABLE, lambda m: m.NPM1 & ~m.FLT3_ITD, "NPM1 mutated without FLT3-ITD"),
        Rule(Risk.FAVOURABLE, lambda m: m.CEBPA_bZIP_in_frame, "CEBPA mutated in frame in bZIP"),
        Rule(
            Risk.INTERMEDIATE,
            lambda m: m.NPM1 & m.myelodysplasia_related_gene & m.footnote_reading.is_("the other way"),
            "NPM1 with FLT3-ITD, if its line of the table is held to precede myelodysplasia-related genes",
        ),
        Rule(Risk.ADVERSE, lambda m: m.myelodysplasia_related_gene, "a myelodysplasia-related gene mutated"),
        Rule(Risk.INTERMEDIATE, otherwise, "neither favourable nor adverse"),
    ),
)
