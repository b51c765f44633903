"""The facts of a karyotype's text, for tests."""

from __future__ import annotations

from tenfold.genetics.karyotype import karyotype_facts, read_karyotype


def facts(text: str | None):
    return karyotype_facts(read_karyotype(text))
