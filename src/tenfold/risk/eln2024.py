"""ELN 2024 genetic risk for patients treated less intensively.

Order: TP53 adverse; DDX41 favourable; IDH1 favourable where azacitidine with ivosidenib is planned, whatever the
signalling genes; FLT3-ITD, NRAS or KRAS intermediate; everything else favourable.
Traps: it does not apply after a hypomethylating agent; the table names no VAF for TP53; IDH1 is favourable for
azacitidine with ivosidenib only. DDX41 with TP53 or with a RAS gene is not foreseen by the table: both readings are
shown. DDX41 near heterozygous asks for a germline test.

Döhner et al., Blood 2024;144:2169-2173.
"""

from tenfold.genetics.lesions import READING, disputed, fact, inputs
from tenfold.logic.criterion import any_of, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.risk.scope import FRONT_LINE, FRONT_LINE_INPUT, NO_PRIOR_HMA, NO_PRIOR_HMA_INPUT, NOT_APL, NOT_APL_INPUT
from tenfold.vocabulary import Risk

CITATION = "Döhner et al., Blood 2024;144:2169-2173"

ELN_2024 = Decision(
    name="ELN-2024",
    edition="ELN 2024",
    question="Which genetic risk, treated less intensively?",
    citation=CITATION,
    inputs=(
        *inputs(("TP53", "DDX41", "IDH1", "FLT3_ITD", "NRAS", "KRAS")),
        Input("azacitidine_ivosidenib", "azacitidine with ivosidenib is planned"),
        READING,
        NO_PRIOR_HMA_INPUT,
        FRONT_LINE_INPUT,
        NOT_APL_INPUT,
    ),
    criteria=(
        fact("TP53", citation=CITATION),
        fact("DDX41", citation=CITATION),
        fact("IDH1", citation=CITATION),
        yes_no("azacitidine_ivosidenib", "Azacitidine with ivosidenib is planned", citation=CITATION),
        any_of(
            "signalling_gene_2024",
            "FLT3-ITD, NRAS or KRAS mutated",
            "FLT3_ITD",
            "NRAS",
            "KRAS",
            citation=CITATION,
        ),
        disputed(CITATION),
    ),
    reading="footnote_reading",
    guards=(NO_PRIOR_HMA, FRONT_LINE, NOT_APL),
    order=tuple(Risk),
    rules=(
        Rule(
            Risk.FAVOURABLE,
            lambda m: m.TP53 & m.DDX41 & m.footnote_reading.is_("the other way"),
            "DDX41 with TP53, if DDX41 is held to weigh more",
        ),
        Rule(Risk.ADVERSE, lambda m: m.TP53, "TP53 mutated"),
        Rule(
            Risk.INTERMEDIATE,
            lambda m: (
                m.DDX41
                & m.signalling_gene_2024
                & ~(m.IDH1 & m.azacitidine_ivosidenib)
                & m.footnote_reading.is_("the other way")
            ),
            "DDX41 with a signalling gene, if the signalling gene is held to weigh more",
        ),
        Rule(Risk.FAVOURABLE, lambda m: m.DDX41, "DDX41 mutated"),
        Rule(
            Risk.FAVOURABLE,
            lambda m: m.IDH1 & m.azacitidine_ivosidenib,
            "IDH1 mutated, azacitidine with ivosidenib planned",
        ),
        Rule(Risk.INTERMEDIATE, lambda m: m.signalling_gene_2024, "FLT3-ITD, NRAS or KRAS mutated"),
        Rule(Risk.FAVOURABLE, otherwise, "none of TP53, FLT3-ITD, NRAS and KRAS"),
    ),
)
