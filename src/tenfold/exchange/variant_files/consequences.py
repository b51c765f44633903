"""What a pipeline calls the consequence of a variant, in the words of the column `kind`.

A word that is not known is left as it is written: ``protein_altering_variant``, ``coding_sequence_variant`` and
``Targeted_Region`` do not say what became of the protein, and are not made to.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from tenfold.records.nearest import bare


@cache
def _kinds() -> tuple[dict[str, str], dict[str, int]]:
    table = tomllib.loads((files("tenfold.exchange.variant_files") / "consequences.toml").read_text("utf-8"))
    words = {bare(word): kind for kind, words in table["words"].items() for word in (kind, *words)}
    return words, {kind: place for place, kind in enumerate(table["order"])}


def kind_of(consequence: str) -> str:
    """The kind for one consequence or several joined by ``&`` or a comma: the most severe that is known."""
    words, order = _kinds()
    parts = [part for part in consequence.replace(",", "&").split("&") if part.strip()]
    kinds = [words[bare(part)] for part in parts if bare(part) in words]
    return min(kinds, key=order.__getitem__) if kinds else consequence.strip()


OUTSIDE = frozenset({"untranslated", "intronic", "outside the gene"})
"""Kinds that change neither the protein nor a splice site, as far as the consequence tells."""
