"""Which column of ours a header of another table may name: by our own name, by its usual names in several languages, by contents.

Each guess has its reason and a word for how sure it is. Nothing is used without a person who has read it.
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tenfold.exchange.mapping.contents import Contents
from tenfold.exchange.mapping.units import units
from tenfold.records.lexicon import synonyms
from tenfold.records.nearest import bare
from tenfold.records.shape import Column, Kind
from tenfold.records.tables import TABLES

SURE, LIKELY, PERHAPS = "sure", "likely", "perhaps"
BY_CONTENTS = {
    "karyotypes": ("karyotypes", "iscn"),
    "HGVS c.": ("variants", "hgvs_c"),
    "HGVS p.": ("variants", "hgvs_p"),
    "genes": ("variants", "gene"),
}


HINTS = (
    (
        "mrn medicalrecordnumber hospitalnumber hospitalno hospitalid nhsnumber nhsno krankenhausnummer ipp nhc",
        ("numbers", "words", "text"),
        "if it names the patient, it is patient_id: a number of the hospital's, which a pseudonym keeps out of the records",
    ),
    ("ed dx diagnosis diagnose diagnostic diagnosi", ("dates",), "perhaps patients.diagnosis_date"),
    (
        "sct hsct hct asct allosct allohsct allohct bmt tx transplant transplantation szt kmt allo",
        ("words", "numbers"),
        "perhaps says who had a transplant: transplants wants its day",
    ),
    ("sct hsct hct allosct allohsct allohct bmt tx szt kmt allo", ("dates",), "perhaps transplants.transplant_date"),
    (
        "status vitalstatus survivalstatus dead deceased died death alive verstorben exitus deces",
        ("words", "numbers"),
        "perhaps says who has died: patients.death_date or last_contact_date wants the day",
    ),
    ("relapse relapsed rezidiv rechute recidiva", ("words", "numbers"), "perhaps events, kind relapse: present"),
    (
        "os osmonths ostime ostimemonths osdays survival",
        ("numbers",),
        "perhaps reported_outcomes.time_months, in its unit",
    ),
)
"""Headers, plain, that may name a column and do not say enough to guess it; what their cells look like; and what to say of them."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a header may name. `table` is * where any table may hold the column; `unit` as the header says it."""

    table: str
    column: str
    sure: str
    reason: str
    unit: str = ""


def plain(text: str) -> str:
    """A header without case, blanks, signs and accents."""
    spread = unicodedata.normalize("NFKD", text)
    return bare("".join(letter for letter in spread if not unicodedata.combining(letter)))


@cache
def known_headers() -> dict[str, tuple[tuple[str, str, str], ...]]:
    """A header, plain -> table, column and how sure, the surest first."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, table in TABLES.items():
        for column in table.columns:
            shared = column.name in ("patient_id", "sample_date", "reported_date", "sequence")
            entry = ("*" if shared else name, column.name, SURE)
            if name != "completeness" and entry not in found.setdefault(plain(column.name), []):
                found[plain(column.name)].append(entry)
    text = (resources.files("tenfold.exchange.mapping") / "headers.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        for other in row["also_written"].split(";"):
            found.setdefault(plain(other), []).append((row["table"], row["column"], LIKELY))
    return {key: tuple(entries) for key, entries in found.items()}


@cache
def known_words(vocabulary: str) -> dict[str, str]:
    """Another word for one of a vocabulary, without case -> the word."""
    text = (resources.files("tenfold.exchange.mapping") / "values.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["vocabulary"] == vocabulary]
    return {**synonyms(vocabulary), **{row["written"].casefold(): row["word"] for row in rows}}


def without_unit(header: str) -> tuple[str, str]:
    """A header and the unit in it: "WBC (10^9/L)" or "Hb [g/dL]"; no unit where there is none."""
    if header.startswith("%") or header.rstrip().endswith("%"):
        return header.strip("% ._-"), "%"
    for start, end in (("(", ")"), ("[", "]")):
        if header.rstrip().endswith(end) and start in header:
            name, _, unit = header.rstrip()[:-1].rpartition(start)
            if name.strip():
                return name.strip(), unit.strip()
    return header, ""


def guesses(header: str, contents: Contents) -> tuple[Guess, ...]:
    """What a header may name, the likeliest first; contents that speak against it take it away."""
    name, unit = without_unit(header)
    found = [
        Guess(table, column, sure, f'"{header}" is {"its name here" if sure == SURE else "a usual name of it"}', unit)
        for key in dict.fromkeys((plain(header), plain(name)))
        for table, column, sure in known_headers().get(key, ())
    ]
    if not found:
        found = _with_unit_in_name(header)
    if not found:
        found = [one for one in _by_last_words(header, name, unit) if is_plain(one, contents)]
    fitting = [one for one in found if fits(one, contents)]
    if not fitting and contents.looks in BY_CONTENTS:
        table, column = BY_CONTENTS[contents.looks]
        fitting = [Guess(table, column, PERHAPS, f"its cells look like {contents.looks}")]
    return tuple(dict.fromkeys(fitting))


def hint(header: str, contents: Contents) -> str:
    """What to think of before a column that is not guessed is left; empty for most."""
    said = {plain(header), plain(without_unit(header)[0])}
    return next((text for names, looks, text in HINTS if contents.looks in looks and said & set(names.split())), "")


def shown(name: str, contents: Contents | None) -> str:
    """What a column that is left seems to hold."""
    if contents is None:
        return "its name stands twice"
    return f"{contents.looks}, {contents.filled} filled" + (f"; {said}" if (said := hint(name, contents)) else "")


def _with_unit_in_name(header: str) -> list[Guess]:
    """A header that ends with a unit: creatinine_mg_dl."""
    said = plain(header)
    for name, unit in units().items():
        for spelled in sorted((*unit.same, *unit.factors), key=len, reverse=True):
            ending = plain(spelled) or {"%": "pct"}.get(spelled, "")
            for table, column, _ in known_headers().get(said.removesuffix(ending), ()) if ending else ():
                if column == name and said.endswith(ending):
                    return [Guess(table, column, LIKELY, f'"{header}" is a usual name of it with a unit', spelled)]
    return []


def _by_last_words(header: str, name: str, unit: str) -> list[Guess]:
    """A header whose last words are a usual name: dbgap_subject_id, consensus_sex."""
    spaced = "".join(
        f" {letter}" if letter.isupper() and not before.isupper() else letter if letter.isalnum() else " "
        for before, letter in zip(f" {name}", name, strict=False)
    )
    words = spaced.split()
    for start in range(1, len(words)):
        ending = " ".join(words[start:])
        for table, column, _ in known_headers().get(plain(ending), ()) if len(plain(ending)) > 2 else ():
            return [Guess(table, column, PERHAPS, f'"{header}" ends like a usual name of it', unit)]
    return []


def is_plain(guess: Guess, contents: Contents) -> bool:
    """Whether the cells themselves bear out a guess from a part of a header."""
    column = column_of(guess)
    if column.name == "patient_id":
        return contents.looks in ("numbers", "text", "words")
    if column.kind is Kind.WORD and column.words is not None:
        known = {str(word).casefold() for word in column.words} | known_words(column.words.__name__).keys()
        said = [word.casefold() for word, _ in contents.words]
        return bool(said) and 2 * sum(word in known for word in said) >= len(said)
    return column.kind in (Kind.DATE, Kind.NUMBER, Kind.COUNT)


def column_of(guess: Guess) -> Column:
    """Our column that a guess names."""
    table = {"*": "mrd_samples", "relapse": "events"}.get(guess.table, guess.table)
    return TABLES[table][guess.column]


def fits(guess: Guess, contents: Contents) -> bool:
    """Whether the cells can be what the header seems to say."""
    column = column_of(guess)
    if contents.looks == "nothing":
        return True
    if column.kind is Kind.DATE:
        return contents.looks == "dates" or contents.looks == "numbers"
    if contents.looks == "dates":
        return False
    if (guess.table, guess.column) == ("mrd_samples", "value"):
        return contents.looks in ("numbers", "words", "text")
    if column.kind in (Kind.NUMBER, Kind.COUNT):
        return contents.looks == "numbers"
    if column.name == "iscn":
        return contents.looks == "karyotypes"
    if column.kind in (Kind.WORD, Kind.YESNO):
        return bool(contents.words) and contents.looks not in BY_CONTENTS
    return True
