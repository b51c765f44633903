"""Molecular ontogeny: by mutations alone, whether a leukaemia is TP53-mutated, of secondary or of de novo ontogeny.

Traps: this is not how the leukaemia arose clinically (the column `ontogeny`): a leukaemia without any earlier disorder
may be of secondary ontogeny. RUNX1 is not among the eight genes. The third group is what is left: neither TP53 nor one of
the eight. Which group a leukaemia with TP53 and one of the eight belongs to is not said in what was read: TP53 comes
first, and the other reading is shown beside it.

Shimony et al., Leukemia 2024, doi 10.1038/s41375-024-02230-w; genes as quoted by Shahswar et al., Leukemia
2025;39:614-622.
"""

from __future__ import annotations

from tenfold.genetics.classes.facts import listed, one_of
from tenfold.genetics.lesions import READING, disputed, fact, inputs
from tenfold.logic.decision import Decision, Rule, otherwise

CITATION = "Shimony et al., Leukemia 2024, doi 10.1038/s41375-024-02230-w"
SECONDARY_GENES = listed("shimony2024", "secondary")

TP53_MUTATED = "TP53-mutated"
SECONDARY = "secondary ontogeny"
DE_NOVO = "de novo ontogeny"

SHIMONY_ONTOGENY = Decision(
    name="Shimony-ontogeny",
    edition="Shimony 2024",
    question="Which molecular ontogeny?",
    citation=CITATION,
    unverified=(
        "that TP53 precedes the genes of secondary ontogeny, that any fraction of TP53 counts, and the name "
        "of the third group"
    ),
    caution="It is shown for newly diagnosed patients, and made no difference to survival in relapse (Shahswar 2025).",
    inputs=(*inputs(("TP53", *SECONDARY_GENES)), READING),
    criteria=(
        fact("TP53", CITATION),
        one_of("secondary_ontogeny_gene", "A gene of secondary ontogeny mutated", SECONDARY_GENES, CITATION),
        disputed(CITATION),
    ),
    reading="footnote_reading",
    rules=(
        Rule(
            SECONDARY,
            lambda m: m.TP53 & m.secondary_ontogeny_gene & m.footnote_reading.is_("the other way"),
            "TP53 with a gene of secondary ontogeny, if that gene is held to precede",
        ),
        Rule(TP53_MUTATED, lambda m: m.TP53, "TP53 mutated"),
        Rule(SECONDARY, lambda m: m.secondary_ontogeny_gene, "a gene of secondary ontogeny mutated"),
        Rule(DE_NOVO, otherwise, "neither TP53 nor a gene of secondary ontogeny"),
    ),
)
