"""The names of genes, markers and drugs: which are known, and what is said of one that is not.

A name that is a known one in another spelling, or one slip away from it, is set aside: the result would be
read as belonging to nothing. A well-formed name that is near nothing known is kept, and named.
"""

import re

import polars as pl

from tenfold.records.faults import Used
from tenfold.records.lexicon import drug_aliases, drugs, fusions, gene_aliases, genes, regimens
from tenfold.records.nearest import bare, one_slip
from tenfold.records.rules import Verdict
from tenfold.records.shape import Kind

SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
CHANGES = frozenset({"FLT3-ITD", "FLT3-TKD", "KMT2A-PTD", "UBTF-TD"})
"""Kinds of change that are followed as markers of their own."""
FLOW = frozenset({"LAIP", "DfN", "LAIP/DfN"})
"""What flow cytometry follows: the leukaemia-associated phenotype, or what is different from normal."""


def known_names(kind: Kind, values: pl.Series) -> list[str]:
    """Those of the values that are known names of the kind; a frame has few distinct ones, however long it
    is.
    """
    known = {Kind.GENE: _is_gene, Kind.MARKER: _is_marker, Kind.DRUGS: _are_drugs}[kind]
    return [value for value in values.drop_nulls().unique() if known(value)]


def _is_gene(value: str) -> bool:
    return value in genes()


def _is_marker(value: str) -> bool:
    parts = value.split("::")
    return value in CHANGES or value in FLOW or (len(parts) <= 2 and all(_is_gene(part) for part in parts))


def _are_drugs(value: str) -> bool:
    return all(part in drugs() for part in value.split("+"))


def judge_gene(value: str, change_under: str = "kind") -> Verdict:
    """What is said of a gene symbol that is not known; `change_under`: the column that says which change it is."""
    rule = f"{value} is not a known gene symbol"
    meant = _gene_meant(value)
    if meant is not None and bare(value) in gene_aliases():
        change = bare(value).removeprefix(bare(meant))
        kind = f" and put {change.upper()} under {change_under}" if change in ("itd", "tkd", "ptd", "td") else ""
        return Verdict(rule, f'write "{meant}"{kind} if that is what it means')
    if meant is not None:
        return Verdict(rule, f'write "{meant}" if that is what it means')
    if SYMBOL.fullmatch(value):
        return Verdict(rule, "check the spelling; the row is kept under this symbol", Used.KEPT)
    return Verdict(f"{value} is not a gene symbol", "write the HGNC symbol: capital letters, digits and hyphens")


def _gene_meant(value: str) -> str | None:
    """The gene that another spelling or a slip of the pen stands for."""
    known = genes()
    alias = gene_aliases().get(bare(value))
    if alias is not None:
        return alias
    capitals = bare(value).upper()
    if capitals in known:
        return capitals
    if len(capitals) < 2 or not SYMBOL.fullmatch(value.upper().replace(" ", "")):
        return None
    checked = [symbol for symbol in known if _is_slip(capitals, symbol)]
    return min(checked, key=lambda symbol: (not known[symbol], symbol), default=None)


def _is_slip(value: str, symbol: str) -> bool:
    """Whether a symbol that is not known is a slip of the pen for one that is.

    Another number or last letter is another member of the family (IDH3, GATA5): not a slip. Three-letter
    symbols are too alike to tell.
    """
    if symbol[:-1] == value and symbol[-1].isdigit():
        return True  # NPM for NPM1
    if min(len(value), len(symbol)) < 4 or not one_slip(value, symbol):
        return False
    if len(value) == len(symbol):
        differ = [i for i, (a, b) in enumerate(zip(value, symbol, strict=True)) if a != b]
        member = len(differ) == 1 and (
            differ[0] == len(symbol) - 1 or (value[differ[0]].isdigit() and symbol[differ[0]].isdigit())
        )
        return not member
    longer, shorter = (value, symbol) if len(value) > len(symbol) else (symbol, value)
    # One more letter or digit at the end is another gene of the family more often than a slip (MYC, MYCN).
    return longer[:-1] != shorter


def judge_marker(value: str) -> Verdict:
    """What is said of an MRD marker or a fusion that is not known."""
    rule = f"{value} is not a known marker"
    for spelling in (*CHANGES, *FLOW):
        if bare(spelling) == bare(value):
            return Verdict(rule, f'write "{spelling}" if that is what it means')
    slips = [name for name in sorted(CHANGES | fusions()) if one_slip(bare(name), bare(value))]
    if len(slips) == 1:
        return Verdict(rule, f'write "{slips[0]}" if that is what it means')
    partners = [part for part in re.split(r"::|--|[/_:;]|-(?=[A-Z])", value) if part]
    if len(partners) == 2:
        meant = [part if _is_gene(part) else _gene_meant(part) for part in partners]
        if all(meant):
            return Verdict(rule, f'write "{meant[0]}::{meant[1]}" if that is what it means')
        if "::" in value and all(SYMBOL.fullmatch(part) for part in partners):
            if any(gene is not None and gene != part for gene, part in zip(meant, partners, strict=True)):
                likely = "::".join(gene or part for gene, part in zip(meant, partners, strict=True))
                return Verdict(rule, f'write "{likely}" if that is what it means')
            return Verdict(rule, "check the spelling; the row is kept under this name", Used.KEPT)
    if re.match(r"(t|inv|del)\s*\(", value):
        return Verdict(rule, 'name the two genes, for example "RUNX1::RUNX1T1" for t(8;21)')
    verdict = judge_gene(value)
    return Verdict(rule, verdict.remedy.replace("this symbol", "this name"), verdict.used)


def judge_drugs(value: str) -> Verdict:
    """What is said of a list of drugs in which one or more are not known."""
    regimen = regimens().get(value.casefold() if "+" in value else bare(value))
    if regimen is not None:
        return Verdict(f"{value} is a regimen, not a drug", f'write "{regimen}", and "{value}" under regimen')
    rules, remedies, used = [], [], Used.KEPT
    for part in re.split(r"\s*\+\s*", value):
        if part.lower() in drugs():
            continue
        meant = _drug_meant(part)
        if meant is not None:
            remedies.append(f'write "{meant}" for "{part}" if that is what it means')
            used = Used.ROW_SET_ASIDE
        elif not part:
            remedies.append("take the plus sign out that has no drug beside it")
            used = Used.ROW_SET_ASIDE
        elif re.search(r"[,;/&]", part):
            remedies.append("join the generic names by +")
            used = Used.ROW_SET_ASIDE
        else:
            remedies.append(f'check the spelling of "{part}"')
        rules.append(f'"{part}" is not a known drug')
    kept = "; the row is kept under this name" if used is Used.KEPT else ""
    return Verdict("; ".join(rules), "; ".join(remedies) + kept, used)


def _drug_meant(part: str) -> str | None:
    plain = bare(part)
    for drug in drugs():
        if bare(drug) == plain:
            return drug
    alias = drug_aliases().get(plain) or regimens().get(plain)
    if alias is not None:
        return alias
    near = [
        drug for drug in drugs() if len(plain) >= 5 and (one_slip(plain, bare(drug)) or _is_likely(plain, bare(drug)))
    ]
    return min(near, default=None)


def _is_likely(value: str, drug: str) -> bool:
    """Two slips in a long name."""
    from difflib import SequenceMatcher

    return len(drug) >= 9 and SequenceMatcher(None, value, drug).ratio() >= 0.88
