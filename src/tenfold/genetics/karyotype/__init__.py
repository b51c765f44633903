"""Karyotypes: ISCN text as centres write it, read into clones and abnormalities, and the facts that follow from them.

`read_karyotype` reads one text, `karyotype_facts` derives every fact with its evidence, `facts_frame` does both for a column,
`explain` reads one aloud. Unknown is a value: a culture that failed is not a normal karyotype.
"""

from tenfold.genetics.karyotype.abnormalities import Abnormality, Kind
from tenfold.genetics.karyotype.bands import Breakpoint
from tenfold.genetics.karyotype.clones import Clone, Unread
from tenfold.genetics.karyotype.editions import Edition, editions
from tenfold.genetics.karyotype.explain import explain
from tenfold.genetics.karyotype.facts import (
    METAPHASES_OF_A_NORMAL_KARYOTYPE,
    Answer,
    Facts,
    fact_names,
    fact_words,
    karyotype_facts,
)
from tenfold.genetics.karyotype.frame import facts_frame
from tenfold.genetics.karyotype.parse import Karyotype, Status, read_karyotype
from tenfold.genetics.karyotype.statements import Says, Statement

__all__ = [
    "METAPHASES_OF_A_NORMAL_KARYOTYPE",
    "Abnormality",
    "Answer",
    "Breakpoint",
    "Clone",
    "Edition",
    "Facts",
    "Karyotype",
    "Kind",
    "Says",
    "Statement",
    "Status",
    "Unread",
    "editions",
    "explain",
    "fact_names",
    "fact_words",
    "facts_frame",
    "karyotype_facts",
    "read_karyotype",
]
