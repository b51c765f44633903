"""The first draft of a mapping, from headers and contents, for a person to correct. Nothing of it is used unread.

Every line says how sure it is (sure, likely, perhaps) and why. What cannot be told from the file (the order of day and month,
a unit, a scale, what a code means) is left empty and marked TO BE SAID; records are not read before it is filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tenfold.exchange.mapping.contents import Contents, look
from tenfold.exchange.mapping.draft_columns import (
    Line,
    constant,
    line,
    listed,
    quoted,
    remark,
    residual_disease,
    said_by_header,
    word_of,
)
from tenfold.exchange.mapping.guesses import LIKELY, PERHAPS, Guess, column_of, fits, guesses, hint, plain, shown
from tenfold.exchange.mapping.held import Held, unusable
from tenfold.exchange.mapping.plan import VISIT
from tenfold.exchange.mapping.repeated import Repeated, by_gene, by_visit
from tenfold.exchange.mapping.sources import Source, column_cells, files_of, open_source, sheets_of
from tenfold.exchange.mapping.unread import in_another_encoding, not_looked_at
from tenfold.records.faults import Fault
from tenfold.records.lexicon import genes
from tenfold.records.shape import Column, Kind
from tenfold.records.tables import TABLES

HEAD = """# A draft: read every line. What is marked TO BE SAID is not known from the file; records are read once it is said.
# sure: our own name; likely: a usual name; perhaps: from the contents only.
tenfold_mapping = 1
title = ""
"""
TREATED = ("start_date", "end_date")
RESULTS = (
    "wert",
    "messwert",
    "ergebnis",
    "result",
    "value",
    "resultat",
    "valeur",
    "valore",
    "valor",
    "resultado",
    "uitslag",
)
ALONE_NOTHING = {
    "mrd_samples": {"sample_id", "laboratory", "assay", "tissue", "method", "control_gene", "control_copies", "scale"},
    "variants": {"kind", "vaf", "pathogenic"},
    "events": {"grade"},
}
"""Columns that make no row of their table without any other."""
YESNO = Column("present", Kind.YESNO, "")
OTHER_ENCODING = "cp1252"
SEVERAL_ROWS = "distinct = true  # likely: several rows of the file are about one patient"
MOST_CODES = 6
"""A column of a gene with more different values holds more than whether it is mutated."""


@dataclass
class _Found:
    """What was guessed of one source, on the way to its text."""

    source: Source
    file: str
    sheet: str
    encoding: str
    contents: dict[str, Contents]
    single: dict[str, dict[str, tuple[str, Guess]]] = field(default_factory=dict)
    shared: dict[str, tuple[str, Guess]] = field(default_factory=dict)
    wide: list[tuple[Repeated, Guess]] = field(default_factory=list)
    of_genes: tuple[Repeated, ...] = ()
    used: set[str] = field(default_factory=set)


def draft(path: str | Path) -> str:
    """The text of a first mapping for a file or a folder. FileNotFoundError, ValueError where there is nothing to read."""
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"there is no file or folder {place}")
    parts = [HEAD]
    files = files_of(place)
    if not files:
        raise ValueError(f"{place} holds no file that can be mapped (CSV, a workbook or Parquet)")
    for file in files:
        sheets = sheets_of(file) or [""]
        parts += [_of_file(file, sheet if len(sheets) > 1 else "") for sheet in sheets]
    return "\n".join(parts)


def _of_file(file: Path, sheet: str) -> str:
    source, encoding = open_source(file, sheet), ""
    other = "UTF-8" in source.rule if isinstance(source, Fault) else in_another_encoding(source)
    if other:
        source, encoding = open_source(file, sheet, encoding=OTHER_ENCODING), OTHER_ENCODING
    if isinstance(source, Fault):
        return f"# {remark(str(source))}\n"
    return _text(_guess(source, file.name, sheet, encoding))


def _guess(source: Source, file: str, sheet: str, encoding: str) -> _Found:
    names = [name for name in dict.fromkeys(source.header) if source.position(name) is not None and name]
    contents = {name: look(column_cells(source, source.header.index(name))) for name in names}
    contents = {name: one.beside(_signs_beside(contents, [name])) for name, one in contents.items()}
    found = _Found(source, file, sheet, encoding, contents)
    for one in by_visit(names):
        guessed = _of_stem(one, _of_all(found, one, one.visits))
        if guessed is not None:
            found.wide.append((one, guessed))
            found.used |= {one.header(visit) for visit in one.visits}
    rest = [name for name in names if name not in found.used]
    found.of_genes = tuple(one for one in (_few_words(found, one) for one in by_gene(rest)) if one.visits)
    found.used |= {one.header(gene) for one in found.of_genes for gene in one.visits}
    for name in names:
        if name in found.used:
            continue
        guessed = next(iter(guesses(name, contents[name])), None)
        if guessed is None:
            continue
        place = found.shared if guessed.table == "*" else found.single.setdefault(guessed.table, {})
        if guessed.column not in place:
            place[guessed.column] = (name, guessed)
            found.used.add(name)
    _settle_treatments(found)
    _settle_residual_disease(found)
    for table, weak in ALONE_NOTHING.items():
        if set(found.single.get(table, {})) <= weak:
            found.used -= {name for name, _ in found.single.pop(table, {}).values()}
    return found


def _of_all(found: _Found, one: Repeated, visits: Iterable[str]) -> Contents:
    """What the cells of all visits look like together."""
    names = [one.header(visit) for visit in visits]
    at = [found.source.header.index(name) for name in names]
    together = look(cell for position in at for cell in column_cells(found.source, position))
    return together.beside(_signs_beside(found.contents, names))


def _signs_beside(contents: Mapping[str, Contents], names: Iterable[str]) -> frozenset[str]:
    """The signs in the numbers of all columns but these."""
    others = [one.signs for name, one in contents.items() if one.looks == "numbers" and name not in names]
    return frozenset().union(*others)


def _few_words(found: _Found, one: Repeated) -> Repeated:
    """Those of the genes whose cells are codes, such as 1 and 0."""
    looked = {gene: found.contents[one.header(gene)] for gene in one.visits}
    coded = [
        gene
        for gene, contents in looked.items()
        if len(contents.words) <= MOST_CODES and contents.looks in ("words", "numbers", "nothing")
    ]
    return Repeated(one.template, tuple(coded))


def _of_stem(one: Repeated, contents: Contents) -> Guess | None:
    """What headers by visit name: by the name without the visit, or as the marker that is followed."""
    known = next(iter(guesses(one.stem, contents)), None)
    if known is not None and known.table != "*":
        return known
    if known is not None:
        return known if known.column in ("sample_date", "reported_date") else None
    parts = one.stem.replace("-", "_").replace(" ", "_").split("_")
    marker = next((part.upper() for part in parts if part.upper() in genes()), "")
    if (marker or "mrd" in plain(one.stem)) and contents.looks in ("numbers", "words", "text"):
        return Guess(
            "mrd_samples", "value", PERHAPS, f"{marker or 'MRD'} by visit: a level of residual disease?", marker
        )
    return None


def _settle_treatments(found: _Found) -> None:
    """A start and an end belong to the cycles or medicines of the file where it has no treatments."""
    only = found.single.get("treatments", {})
    if only and set(only) <= set(TREATED):
        for other in ("cycles", "medications"):
            if other in found.single:
                found.single[other] = {**only, **found.single[other]}
                del found.single["treatments"]
                return


def _settle_residual_disease(found: _Found) -> None:
    """A column of results belongs to the residual disease that the rest of the file is about."""
    samples = found.single.get("mrd_samples", {})
    if "value" in samples or not {"marker", "scale"} & set(samples):
        return
    for name, contents in found.contents.items():
        guess = Guess("mrd_samples", "value", PERHAPS, f'"{name}" stands beside a marker or a scale')
        if name not in found.used and plain(name) in RESULTS and fits(guess, contents):
            samples["value"] = (name, guess)
            found.used.add(name)
            return


def _text(found: _Found) -> str:
    entries = [_entry(found, table, columns) for table, columns in found.single.items() if table != "relapse"]
    if "relapse" in found.single:
        entries.append(
            _entry(found, "events", found.single["relapse"], [constant("kind", "relapse", "from the header")])
        )
    entries += _wide_entries(found)
    entries += [entry for one in found.of_genes for entry in _gene_entries(found, one)]
    names = [name for name in found.source.header if name and name not in found.used]
    where = f"{found.file}, sheet {found.sheet}" if found.sheet else found.file
    rule = f"# {'-' * 20} {remark(where)}: {len(found.source.rows)} rows, {len(found.source.header)} columns\n"
    rule += not_looked_at(found.source)
    if not entries:
        hints = [f"# {remark(name)}: {said}\n" for name in names if (said := hint(name, found.contents[name]))]
        return f"{rule}# No table is guessed. Its columns: {remark(', '.join(found.source.header))}\n{''.join(hints)}"
    left = [f'{quoted(name)} = "not guessed: {shown(name, found.contents.get(name))}"' for name in dict.fromkeys(names)]
    if left:
        entries[0] += "[table.left]\n" + "\n".join(left) + "\n"
    return rule + "\n".join(entries)


def _start(found: _Found, table: str, more: Iterable[str]) -> list[str]:
    lines = ["[[table]]", f"into = {quoted(table)}", f"file = {quoted(found.file)}"]
    lines += [f"sheet = {quoted(found.sheet)}"] if found.sheet else []
    if found.encoding:
        lines.append(f"encoding = {quoted(found.encoding)}  # perhaps: the file is not in UTF-8; look at the accents")
    not_known = sorted({text for one in found.contents.values() for text in one.not_known})
    lines += [f"not_known = {listed(not_known)}  # likely: found in the file"] if not_known else []
    lines += more
    said = "true only if every such fact of these patients is in the file: then no row means no"
    return [*lines, f"complete = false  # {said}"]


def _entry(found: _Found, table: str, columns: Mapping[str, tuple[str, Guess]], constants: Iterable[Line] = ()) -> str:
    more, stated = [], []
    lines = [*_shared(found, table, columns), *constants]
    for name, (header, guess) in columns.items():
        if (table, name) == ("mrd_samples", "value"):
            lines += residual_disease(header, _texts(found, header), found.contents[header], guess)
            stated = said_by_header(header)
        else:
            lines.append(line(TABLES[table][name], header, found.contents[header], guess))
    filled = {one.column for one in lines}
    lines += [one for one in stated if one.column not in filled]
    lines += _missing(table, {one.column for one in lines})
    several = len(found.single) + len(found.wide) + len(found.of_genes) > 1
    if table == "patients":
        if _repeats(found):
            more.append(SEVERAL_ROWS)
    elif several and _repeats_beside(found, table, columns):
        more.append("distinct = true  # likely: rows of the file that are about something else say it again")
    if table != "patients" and several:
        telling = [name for name in columns if name not in ALONE_NOTHING.get(table, {}) and name != "marker"]
        beside = ["detected"] if "value" in columns and "detected" in filled else []
        more.append(
            f"row_if = {listed(dict.fromkeys([*(telling or columns), *beside]))}  # a row is made only where one of these is filled"
        )
    return _joined(_start(found, table, more), lines)


def _joined(start: list[str], lines: Iterable[Line]) -> str:
    once: dict[str, Line] = {}
    for one in lines:
        once.setdefault(one.column, one)
    ordered = sorted(once.values(), key=lambda one: one.column != "patient_id")
    return "\n".join([*start, "[table.columns]", *map(str, ordered)]) + "\n"


def _repeats(found: _Found) -> bool:
    """Whether a patient stands in several rows."""
    header = found.shared.get("patient_id", ("", None))[0]
    if not header:
        return False
    ids = list(column_cells(found.source, found.source.header.index(header)))
    return len(ids) != len(set(ids))


def _repeats_beside(found: _Found, table: str, columns: Mapping[str, tuple[str, Guess]]) -> bool:
    """Whether rows of the file that differ say the same in the columns of one table: a transplant beside each sample."""
    filled = [found.source.header.index(header) for header, _ in columns.values()]
    unused = {"sample_date"} if TABLES[table].dated_by in columns else set()
    unused |= set() if "reported_date" in TABLES[table] else {"reported_date"}
    shared = [header for name, (header, _) in found.shared.items() if name not in unused]
    beside = [found.source.header.index(header) for header in shared]
    rows = [row for row in dict.fromkeys(found.source.rows) if any(row[position] is not None for position in filled)]
    return len({tuple(row[position] for position in (*filled, *beside)) for row in rows}) < len(rows)


def _texts(found: _Found, header: str) -> list[str]:
    cells = column_cells(found.source, found.source.header.index(header))
    return [str(cell) for cell in cells if cell is not None and not (isinstance(cell, Held) and unusable(cell))]


def _shared(found: _Found, table: str, own: Iterable[str]) -> list[Line]:
    """The patient, and the dates that the file has once for all."""
    if "patient_id" in found.shared:
        header, guess = found.shared["patient_id"]
        lines = [Line("patient_id", quoted(header), f"{guess.sure}: {guess.reason}")]
    else:
        said = f"which column names the patient? The columns are {', '.join(found.source.header)}"
        lines = [Line("patient_id", '{ from = "" }', said, open=True)]
    dated = TABLES[table].dated_by
    if table == "patients" or dated is None:
        return lines
    if "sample_date" in found.shared and dated not in own:
        header, guess = found.shared["sample_date"]
        seen = (
            guess if dated == "sample_date" else Guess(table, dated, PERHAPS, f'"{header}" is the only date of the row')
        )
        lines.append(line(TABLES[table][dated], header, found.contents[header], seen))
    if "reported_date" in found.shared and "reported_date" in TABLES[table]:
        header, guess = found.shared["reported_date"]
        lines.append(line(TABLES[table]["reported_date"], header, found.contents[header], guess))
    return lines


def _missing(table: str, filled: set[str]) -> list[Line]:
    """What a row of the table needs beside what the file has."""
    lines = [
        constant(column.name, "", f"needed: {column.meaning}")
        for column in TABLES[table].columns
        if column.required and column.name not in filled
    ]
    dated = TABLES[table].dated_by
    if TABLES[table].date_required and dated is not None and dated not in filled:
        lines.append(Line(dated, '{ from = "" }', "needed: of no column it is clear that it is this date", open=True))
    if table == "mrd_samples":
        if "value" in filled and "scale" not in filled:
            lines.append(constant("scale", "", "percent_abl1, per_1e4_abl1, per_1e5_abl1, percent_of_diagnosis ..."))
        if "tissue" not in filled:
            lines.append(constant("tissue", "", "marrow or blood: without it no sample is compared"))
        if "method" not in filled:
            lines.append(constant("method", "", "rt-qpcr, digital pcr, ngs or flow"))
    return lines


def _wide_entries(found: _Found) -> list[str]:
    """One entry for each table and set of visits; a date by visit goes to every table that has those visits."""
    dates = [(one, guess) for one, guess in found.wide if guess.table == "*"]
    groups: dict[tuple[str, str, tuple[str, ...]], list[tuple[Repeated, Guess]]] = {}
    for one, guess in found.wide:
        if guess.table != "*":
            marker = one.stem if guess.column == "value" else ""
            groups.setdefault((guess.table, marker, one.visits), []).append((one, guess))
    entries = []
    for (table, _, visits), columns in groups.items():
        lines = _shared(found, table, [])
        constants = []
        for one, guess in columns:
            column = column_of(guess)
            first = _of_all(found, one, visits)
            if (table, guess.column) == ("mrd_samples", "value"):
                cells = [text for visit in visits for text in _texts(found, one.header(visit))]
                marker = guess.unit
                lines += residual_disease(one.template, cells, first, guess)
                constants.append(
                    constant("marker", marker, f"{LIKELY}: from the header" if marker else "needed: what was measured")
                )
            else:
                lines.append(line(column, one.template, first, guess))
        for one, guess in dates:
            if set(visits) <= set(one.visits):
                lines = [kept for kept in lines if kept.column != guess.column]
                together = _of_all(found, one, visits)
                lines.append(line(TABLES[table][guess.column], one.template, together, guess))
        lines += constants
        lines += _missing(table, {kept.column for kept in lines})
        more = [f"visits = {listed(visits)}  # {VISIT} stands for each; a row is made where a value is filled"]
        entries.append(_joined(_start(found, table, more), lines))
    return entries


def _gene_entries(found: _Found, one: Repeated) -> list[str]:
    """Genes side by side: a variant where mutated, and a gene looked at where the cell says so at all."""
    words = sorted({word for gene in one.visits for word, _ in found.contents[one.header(gene)].words})
    meant = {word: word_of(YESNO, word, words) for word in words}
    yes, no = ([word for word, said in meant.items() if said == answer] for answer in ("yes", "no"))
    rest = [word for word, said in meant.items() if not said]
    remark = (
        f"TO BE SAID for {', '.join(rest)}: mutated (when) or not" if rest else f"{PERHAPS}: look into the code book"
    )
    of = f"from = {quoted(one.template)}"
    entries = []
    for table, when, not_when in (("variants", yes, no), ("genes_tested", [*yes, *no], [])):
        where = f"rows_where = {{ {of}, when = {listed(when)}, not_when = {listed(not_when)} }}  # {remark}"
        more = [f"visits = {listed(one.visits)}  # a gene each", where, *([SEVERAL_ROWS] if _repeats(found) else [])]
        gene = Line("gene", f"{{ constant = {quoted(VISIT)} }}", f"{LIKELY}: the headers are genes")
        entries.append(_joined(_start(found, table, more), [*_shared(found, table, []), gene]))
    return entries
