"""What is said of a marker: a next sample with its level, scale and quality, or a gene or fusion, mutated or not.

Traps: a level needs its scale; the ABL1 of "0.5% ABL1" is a scale and that of "ABL1 20000" are copies; "NPM1 negative" may be a
sample or a gene, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tenfold.vocabulary import ControlGene, Detection, Qualifier, Scale
from tenfold.what_if.kinds import Adequacy, FusionStatus, GeneStatus, NextSample, Occasion
from tenfold.what_if.words import NotUnderstoodError, Words, is_number, markers, methods, tissues

KINDS = ("ITD", "TKD", "PTD", "TD")
"""Kinds of change that are followed as markers of their own."""


def read_adequacy(words: Words, so_far: Adequacy) -> Adequacy | None:
    """Read "adequate", "not adequate" or "ABL1 20000"; None where neither comes next."""
    word = words.take("adequate", "not adequate", "inadequate")
    if word is not None:
        return Adequacy(word == "adequate", so_far.control_gene, so_far.control_copies)
    if len(words.left) > 1 and words.left[0].upper() in tuple(ControlGene) and is_number(words.left[1]):
        gene = words.take(*ControlGene)
        copies = words.number()
        words.take("copies")
        return Adequacy(so_far.adequate, str(gene), copies)
    return None


@dataclass
class _Said:
    """What has been read of a marker so far."""

    next: bool = False
    tissue: str | None = None
    method: str | None = None
    level: tuple[str, Qualifier | None, Scale | None] | None = None
    call: Detection | None = None
    adequacy: Adequacy = field(default_factory=Adequacy)
    mutated: bool | None = None
    hgvs_p: str | None = None
    vaf: str | None = None
    ratio: str | None = None
    occasion: Occasion | None = None

    @property
    def of_a_sample(self) -> bool:
        return bool(self.next or self.tissue or self.method or self.level or self.adequacy.said) or (
            self.call is Detection.BELOW_QUANTIFICATION
        )

    @property
    def of_a_gene(self) -> bool:
        return any(one is not None for one in (self.mutated, self.hgvs_p, self.vaf, self.ratio, self.occasion))


def read_marker(words: Words) -> NextSample | GeneStatus | FusionStatus | None:
    """Read all that is said of a marker; None where the first word names none."""
    name = _name(words)
    if name is None:
        return None
    said = _Said()
    while words.left:
        if not _piece(words, said):
            raise words.unread()
    if said.of_a_sample and said.of_a_gene:
        raise NotUnderstoodError(words.text, "it speaks of a sample and of a gene: suppose them one by one")
    if said.of_a_sample:
        return _sample(words, name, said)
    if "::" in name:
        found = said.mutated if said.mutated is not None else said.call is not Detection.NO
        return FusionStatus(name, found, said.occasion)
    if said.call is not None:
        raise NotUnderstoodError(
            words.text,
            f'say "{name} next negative" (or a level) of a sample, "{name} mutated" or "wild type" of the gene',
        )
    gene, _, kind = name.partition("-") if name.partition("-")[2] in KINDS else (name, "", "")
    return GeneStatus(gene, said.mutated is not False, kind or None, said.hgvs_p, said.vaf, said.ratio, said.occasion)


def _name(words: Words) -> str | None:
    """A gene, a kind of change, a phenotype or a fusion, as records write it."""
    word = words.left[0].upper()
    if "::" in word:
        partners = [markers().get(part) for part in word.split("::")]
        named = "::".join(filter(None, partners)) if len(partners) == 2 and all(partners) else None
    else:
        joined = f"{word}-{words.left[1].upper()}" if len(words.left) > 1 else ""
        if joined in markers() and words.left[1].upper() in KINDS:
            words.at += 2
            return markers()[joined]
        named = markers().get(word)
    if named is not None:
        words.at += 1
    return named


def _piece(words: Words, said: _Said) -> bool:
    """Read the next piece of what is said of a marker; False where it is not understood."""
    if words.take("next sample", "next"):
        said.next = True
    elif word := words.take(*tissues()):
        said.tissue = tissues()[word]
    elif word := words.take(*methods(), *(f"by {name}" for name in methods())):
        said.method = methods()[word.removeprefix("by ")]
    elif words.take(
        "below quantification", "not quantifiable", "detected not quantifiable", "positive not quantifiable"
    ):
        said.call = Detection.BELOW_QUANTIFICATION
    elif words.take("negative", "neg", "not detected", "undetectable"):
        said.call = Detection.NO
    elif words.take("positive", "pos", "detected"):
        said.call = Detection.YES
    elif words.take("wild type", "wild-type", "wildtype", "wt", "not mutated", "unmutated", "not found", "absent"):
        said.mutated = False
    elif words.take("mutated", "mutation", "mutant", "found", "present"):
        said.mutated = True
    elif words.take("at diagnosis"):
        said.occasion = "diagnosis"
    elif words.take("now"):
        said.occasion = "now"
    elif words.take("vaf"):
        number = words.needed_number("the allele fraction")
        said.vaf = str(float(number) / 100) if words.take("%") else number
    elif words.take("ratio", "allelic ratio"):
        said.ratio = words.needed_number("the allelic ratio")
    elif (adequacy := read_adequacy(words, said.adequacy)) is not None:
        said.adequacy = adequacy
    elif (level := _level(words)) is not None:
        said.level = level
    elif _is_protein_change(words.left[0]):
        said.hgvs_p = "p." + words.left[0].removeprefix("p.")
        words.at += 1
    else:
        return False
    return True


def _is_protein_change(word: str) -> bool:
    """Whether a word looks like a change of the protein: p.R140Q, R140Q, W288fs. Whether it is one is judged on reading."""
    bare = word.removeprefix("p.").strip("()")
    digits = "".join(letter for letter in bare[1:] if letter.isdigit())
    return word.startswith("p.") or (bare[:1].isalpha() and bool(digits) and bare[1:2].isdigit() and bare[-1].isalpha())


def _level(words: Words) -> tuple[str, Qualifier | None, Scale | None] | None:
    start = words.at
    sign = words.take("<", ">", "less than", "more than")
    number = words.number()
    if number is None:
        words.at = start
        return None
    qualifier = None if sign is None else Qualifier.BELOW if sign in ("<", "less than") else Qualifier.ABOVE
    if per := words.take("/ 10^4", "per 10^4", "/ 10^5", "per 10^5"):
        _control_gene(words)
        return number, qualifier, Scale.PER_1E4_ABL1 if per.endswith("4") else Scale.PER_1E5_ABL1
    if not words.take("%"):
        raise NotUnderstoodError(
            words.text, f"the level {number} has no scale: write {number}/10^4, {number}/10^5 or {number}% ABL1"
        )
    if words.take("of diagnosis", "of the diagnostic level", "of diagnostic level"):
        return number, qualifier, Scale.PERCENT_OF_DIAGNOSIS
    if words.take("vaf"):
        return number, qualifier, Scale.PERCENT_VAF
    if words.take("cd45", "of cd45"):
        return number, qualifier, Scale.PERCENT_CD45
    return number, qualifier, Scale.PERCENT_ABL1 if _control_gene(words) else None


def _control_gene(words: Words) -> bool:
    """Read the ABL1 of a scale, but not that of "ABL1 20000", which are copies."""
    if len(words.left) > 1 and is_number(words.left[1]):
        return False
    return words.take("ABL1", "of ABL1", "ABL") is not None


def _sample(words: Words, marker: str, said: _Said) -> NextSample:
    if said.level is None and said.call is None:
        raise NotUnderstoodError(words.text, "neither a level nor negative or positive is said of the next sample")
    if said.level is not None and said.call is Detection.NO:
        raise NotUnderstoodError(words.text, "a level and negative are said of one sample")
    value, qualifier, scale = said.level or (None, None, None)
    detected = said.call
    if value is not None and float(value) == 0:
        value, scale, detected = None, None, Detection.NO
    elif value is not None and detected is None and qualifier is not Qualifier.BELOW:
        detected = Detection.YES
    return NextSample(marker, said.tissue, said.method, value, qualifier, scale, detected, said.adequacy)
