"""The four-gene molecular prognostic risk signature for venetoclax with azacitidine.

TP53: lower benefit; else FLT3-ITD, NRAS or KRAS: intermediate; else higher benefit.
Traps: a FLT3 tyrosine kinase domain mutation does not count; it was not confirmed with low-dose cytarabine, and in
relapsed or refractory disease it does not order the groups (7.6, 12 and 8.2 months; Shahswar 2025).

Döhner et al., Blood 2024;144:2211-2222; Bataller et al., Blood Adv 2024;8:927-935.
"""

from tenfold.genetics.lesions import fact, inputs
from tenfold.logic.criterion import any_of
from tenfold.logic.decision import Decision, Rule, otherwise
from tenfold.risk.scope import FRONT_LINE, FRONT_LINE_INPUT, HMA_VENETOCLAX, HMA_VENETOCLAX_INPUT

CITATION = "Döhner et al., Blood 2024;144:2211-2222"

MPRS = Decision(
    name="mPRS",
    edition="Döhner 2024",
    question="Which benefit from venetoclax with azacitidine, by four genes?",
    citation=CITATION,
    inputs=(*inputs(("TP53", "FLT3_ITD", "NRAS", "KRAS")), FRONT_LINE_INPUT, HMA_VENETOCLAX_INPUT),
    criteria=(
        fact("TP53", citation=CITATION),
        any_of("signalling_gene_2024", "FLT3-ITD, NRAS or KRAS mutated", "FLT3_ITD", "NRAS", "KRAS", citation=CITATION),
    ),
    guards=(FRONT_LINE, HMA_VENETOCLAX),
    order=("higher benefit", "intermediate benefit", "lower benefit"),
    rules=(
        Rule("lower benefit", lambda m: m.TP53, "TP53 mutated"),
        Rule("intermediate benefit", lambda m: m.signalling_gene_2024, "FLT3-ITD, NRAS or KRAS mutated"),
        Rule("higher benefit", otherwise, "none of TP53, FLT3-ITD, NRAS and KRAS"),
    ),
)
