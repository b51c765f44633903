"""Classes of AML (ICC, WHO), molecular ontogeny, categories of function, and the qualifiers written after a class."""

from tenfold.genetics.classes.functional import category_column, functional_categories, functional_genes
from tenfold.genetics.classes.icc2022 import ICC_2022, tp53_remark
from tenfold.genetics.classes.ontogeny import SHIMONY_ONTOGENY
from tenfold.genetics.classes.qualifiers import icc_qualifiers, progressed_from_mds, therapy_related, who_qualifiers
from tenfold.genetics.classes.who2022 import WHO_2022
from tenfold.logic.decision import Question

QUESTIONS: tuple[Question, ...] = (ICC_2022, WHO_2022, SHIMONY_ONTOGENY)
"""What the classifications ask, for the catalogue."""

__all__ = [
    "ICC_2022",
    "QUESTIONS",
    "SHIMONY_ONTOGENY",
    "WHO_2022",
    "category_column",
    "functional_categories",
    "functional_genes",
    "icc_qualifiers",
    "progressed_from_mds",
    "therapy_related",
    "tp53_remark",
    "who_qualifiers",
]
