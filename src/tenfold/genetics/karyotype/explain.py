"""A karyotype read aloud: its clones, what is known and what is not, in plain words."""

from __future__ import annotations

from tenfold.genetics.karyotype.abnormalities import NUMERICAL, Abnormality
from tenfold.genetics.karyotype.as_read import as_read
from tenfold.genetics.karyotype.clones import DIPLOID, Clone
from tenfold.genetics.karyotype.facts import METAPHASES_OF_A_NORMAL_KARYOTYPE, Facts, fact_words, karyotype_facts
from tenfold.genetics.karyotype.parse import Karyotype, Status
from tenfold.genetics.karyotype.tails import unread_fish

STATUS = {
    Status.READ: "Read",
    Status.FAILED: "The culture failed: nothing is known of the karyotype",
    Status.NOT_DONE: "Not done or not recorded: nothing is known of the karyotype",
    Status.UNREADABLE: "Could not be read: nothing is known of the karyotype",
    Status.EMPTY: "Empty: nothing is known of the karyotype",
}


def explain(karyotype: Karyotype) -> str:
    """Return the clone tree and the facts as lines of text."""
    facts = karyotype_facts(karyotype)
    lines = [*_clones(karyotype), *_facts(karyotype, facts)]
    if karyotype.status is not Status.READ:
        lines.insert(0, f"{STATUS[karyotype.status]}.")
    understood = as_read(karyotype)
    if understood is not None:
        lines.insert(0, f"Read as {understood}: correct the record if it means anything else")
    return "\n".join(lines)


def _clones(karyotype: Karyotype) -> list[str]:
    lines: list[str] = []
    for clone in karyotype.clones:
        lines.append("  " * _depth(clone, karyotype.clones) + _head(clone))
        own = clone.listed if clone.parent is not None else clone.abnormalities
        lines.extend("  " * (_depth(clone, karyotype.clones) + 2) + _words(one) for one in own)
    return lines


def _depth(clone: Clone, clones: tuple[Clone, ...]) -> int:
    depth = 0
    while clone.parent is not None and depth < len(clones):
        clone = clones[clone.parent - 1]
        depth += 1
    return depth


def _head(clone: Clone) -> str:
    low, high = clone.count or (None, None)
    number = "an untold number of" if low is None else (f"{low}" if low == high else f"{low} to {high}")
    words = [f"Clone {clone.number}: {number} chromosomes"]
    if clone.ploidy != DIPLOID:
        words.append(f"written against {clone.ploidy}n")
    if clone.parent is not None:
        words.append(f"all that clone {clone.parent} has ({clone.origin}), and")
    if not clone.acquired:
        words.append("no acquired abnormality")
    if clone.cells is not None:
        words.append(f"{clone.cells} cells" + (", a composite of differing cells" if clone.composite else ""))
    if clone.incomplete:
        words.append("incomplete")
    if clone.donor:
        words.append("cells of a graft: not the patient's")
    return ", ".join(words)


def _words(one: Abnormality) -> str:
    named = one.kind.value if one.kind not in NUMERICAL else f"{one.kind.value} of chromosome {one.chromosomes[0]}"
    marks = [named]
    if one.sign and one.kind not in NUMERICAL:
        marks.append("additional" if one.sign > 0 else "lost")
    if one.uncertain:
        marks.append("uncertain")
    if one.alternatives:
        marks.append("one of several readings")
    if one.constitutional:
        marks.append("constitutional: not counted")
    return f"{one.text}  ({', '.join(marks)})"


def _facts(karyotype: Karyotype, facts: Facts) -> list[str]:
    words = fact_words()
    lines: list[str] = []
    shown = [name for name, answer in facts.answers.items() if answer.value]
    lines.extend(f"Yes: {words[name]}{_because(facts, name)}" for name in shown)
    unknown = facts.unknown if karyotype.clones else ()
    lines.extend(f"Not known: {words[name]}{_because(facts, name)}" for name in unknown)
    if karyotype.clones:
        low, high = facts.count
        most = "more, perhaps" if high is None else str(high)
        lines.append(f"Unrelated abnormalities: {low}" + ("" if low == high else f" to {most}"))
    if facts["normal"] and (facts.metaphases is None or facts.metaphases < METAPHASES_OF_A_NORMAL_KARYOTYPE):
        told = "an untold number of" if facts.metaphases is None else str(facts.metaphases)
        lines.append(f"Normal in {told} metaphases; {METAPHASES_OF_A_NORMAL_KARYOTYPE} are usually asked for")
    lines.extend(f"Stated in words: {one.text}" for one in karyotype.stated)
    lines.extend(f"FISH, kept as it is: {text}" for text in karyotype.fish)
    lines.extend(f"Remark: {remark}" for remark in facts.remarks)
    if karyotype.clones:
        rest = len(shown) + len(facts.unknown) < len(facts.answers)
        aside = "; the FISH tail was not read" if any(unread_fish(text) for text in karyotype.fish) else ""
        lines.append(("All other facts: no" if rest else "No fact is denied") + aside)
    return lines


def _because(facts: Facts, name: str) -> str:
    answer = facts.answers[name]
    parts = []
    if answer.texts:
        parts.append(", ".join(answer.texts))
    if answer.clones:
        parts.append(("clone " if len(answer.clones) == 1 else "clones ") + ", ".join(map(str, answer.clones)))
    if answer.remark:
        parts.append(answer.remark)
    return f" ({'; '.join(parts)})" if parts else ""
