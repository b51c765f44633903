"""Gene symbols as pipelines and reports write them: the HGNC symbol, and the kind of change a symbol may carry.

``MLL`` becomes KMT2A and ``FLT3-ITD`` becomes FLT3 with kind ITD. A spelling that is an HGNC symbol of another gene
(``MAL``, not MRTFA) is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenfold.records.lexicon import gene_aliases, genes
from tenfold.records.nearest import bare

SYMBOLS_OF_THEIR_OWN = frozenset({"MAL", "SA2", "CAN"})
"""Other spellings that are, or may be taken for, symbols of other genes [unverified]."""
KINDS = {"itd": "ITD", "tkd": "TKD", "ptd": "PTD", "td": "TD"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A gene and, where the symbol carried one, the kind of change; `guessed` where another spelling was mapped."""

    gene: str
    kind: str | None = None
    guessed: bool = False


def read_symbol(text: str) -> Symbol:
    """The gene that a symbol stands for; one that is not known is returned as it is written."""
    written = text.strip()
    if written in genes() or written.upper() in SYMBOLS_OF_THEIR_OWN:
        return Symbol(written)
    if written.upper() in genes():
        return Symbol(written.upper(), guessed=True)
    meant = gene_aliases().get(bare(written))
    if meant is None:
        return Symbol(written)
    for ending, kind in KINDS.items():
        if bare(written).endswith(ending) and gene_aliases().get(bare(written).removesuffix(ending), meant) == meant:
            return Symbol(meant, kind, guessed=True)
    return Symbol(meant, guessed=True)
