"""Pages of what can be looked up: settings, tables and columns, the evidence's sources, the formats."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator
from importlib import import_module, resources
from pathlib import Path

from generate.markdown import page, table, yes_or_no
from generate.settings_read import readers
from tenfold.evidence.approvals import approvals
from tenfold.evidence.citations import citations, cited, licences
from tenfold.evidence.library import discrepancies, papers
from tenfold.evidence.studies import results
from tenfold.exchange.formats import FORMATS
from tenfold.records import TABLES, Column
from tenfold.settings import DEFAULTS, Setting

FOLDER = "reference"
SECTIONS = {
    "mrd": "Residual disease",
    "endpoints": "Endpoints",
    "response": "Response",
    "risk": "Risk",
    "guidance": "Guidance",
    "assay": "The laboratory's runs",
}
HOW_TO = {
    "mapped": "map-your-own-table",
    "cbioportal": "cbioportal",
    "beataml": "read-beat-aml",
    "redcap": "redcap",
    "fhir": "fhir",
    "omop": "omop",
    "phenopackets": "phenopackets",
    "workbook": "excel-and-variant-files",
    "variants": "excel-and-variant-files",
}
"""The how-to page of each format."""


def pages() -> Iterator[tuple[str, str]]:
    """Every page of this part, with its place."""
    yield f"{FOLDER}/settings.md", settings_page()
    yield f"{FOLDER}/tables.md", tables_page()
    yield f"{FOLDER}/sources.md", sources_page()
    yield f"{FOLDER}/formats/index.md", formats_page()
    for one in FORMATS:
        yield f"{FOLDER}/formats/{one.name}.md", format_page(one.name)


def settings_page() -> str:
    """Every setting with value, unit, source, and whether that was read."""
    entries = DEFAULTS.entries.values()
    unverified = sum(not entry.verified for entry in entries)
    parts = [
        "# Settings",
        f"Every number and word that a centre may change: {len(DEFAULTS.entries)}, of which {unverified} were not read in"
        " their source or are Tenfold's own choice. A clinician signs them off.",
        "A file changes them: `tenfold assess my-centre/ --settings my-laboratory.toml`, with lines such as\n\n"
        "```toml\n[mrd]\nlow_level_below = 2.0\n```\n\nA laboratory's runs take theirs from"
        " [a profile](../how-to/measure-a-run.md). What cannot stand is refused with the reason.",
    ]
    for section, title in SECTIONS.items():
        mine = [entry for name, entry in DEFAULTS.entries.items() if name.startswith(f"{section}.")]
        head = ("setting", "value", "meaning, and what may stand here", "source", "verified", "answers that rest on it")
        parts += [f"## {title}: [{section}]", table(head, map(_setting, mine))]
    return page(*parts)


def _setting(entry: Setting) -> tuple[str, ...]:
    bounds = f"from {entry.low:g}" + ("" if entry.high == float("inf") else f" to {entry.high:g}")
    value = f"{entry.value} {entry.unit}" if isinstance(entry.value, int | float) else str(entry.value)
    rest = len(readers()[entry.name])
    where = "" if rest else ", ".join(f"`{room}`" for room in _rooms_that_name(entry.name))
    return (
        f"`{entry.name.partition('.')[2]}`",
        value,
        f"{entry.meaning} ({' / '.join(entry.words) or bounds})",
        entry.source,
        "yes" if entry.verified else "**no**",
        f"{rest} definitions" if rest else f"none; read in {where}" if where else "none",
    )


def _rooms_that_name(setting: str) -> tuple[str, ...]:
    """The rooms whose code names a setting, for those that no definition rests on."""
    root = Path(str(resources.files("tenfold")))
    named = [path for path in sorted(root.rglob("*.py")) if f'"{setting}"' in path.read_text("utf-8")]
    return tuple(dict.fromkeys(path.relative_to(root).parts[0].removesuffix(".py") for path in named))


def tables_page() -> str:
    """Every table of records with its columns."""
    parts = [
        "# Tables and columns",
        f"The {len(TABLES)} tables that a folder of records may hold, as CSV or Parquet. None has to be there: what is missing is"
        " not known. How to write them, and what is done about faults: [check your data](../how-to/check-your-data.md)."
        " A cohort without dates writes `sample_day` for `sample_date`, in days since each patient's day 0.",
    ]
    for one in TABLES.values():
        head = ("column", "meaning", "kind", "unit", "range or words", "must be there", "known from")
        rows = [_column(column, one.dated_by) for column in one.columns]
        parts += [f"## {one.name}", one.meaning[0].upper() + one.meaning[1:] + ".", table(head, rows)]
    return page(*parts)


def _column(column: Column, dated_by: str | None) -> tuple[str, ...]:
    words = " / ".join(column.words or ())
    bounds = [f"{word} {bound:g}" for word, bound in (("from", column.low), ("to", column.high)) if bound is not None]
    known = column.known_from if column.known_from and column.known_from != dated_by else ""
    return (
        f"`{column.name}`",
        column.meaning,
        column.kind.value,
        column.unit or "",
        words or " ".join(bounds),
        yes_or_no(True) if column.required else "",
        f"`{known}`" if known else "",
    )


def sources_page() -> str:
    """What the evidence library rests on."""
    found = results()
    read_in, by_study = Counter(row.read_in for row in found), Counter(row.citation for row in found)
    verified = sum(row.verified for row in found)
    of_papers = [
        (
            paper.citation,
            paper.doi or "",
            read_in[key],
            sum(one.paper == key for one in discrepancies().values()),
            licences()[key].licence if key in licences() else "",
        )
        for key, paper in papers().items()
    ]
    reports = [
        (cited(key), count, _seen(key)) for key, count in sorted(by_study.items(), key=lambda item: cited(item[0]))
    ]
    grants = [(one.drug, one.agency, one.indication, one.approved, yes_or_no(one.verified)) for one in approvals()]
    return page(
        "# The evidence's sources",
        f"{len(found)} published results, {verified} of them read in the study's own report, the others in a paper that"
        " quotes it; both are named with every row. Search them with `tenfold evidence`:"
        " [the evidence library](../how-to/evidence.md).",
        "## Papers that were read",
        "Discrepancies: places where the paper disagrees with itself or with its sources"
        " ([what is recomputed](../validation.md)).",
        table(("paper", "doi", "results read in it", "discrepancies", "licence of the copy read"), of_papers),
        "## Reports that results belong to",
        table(("report", "results", "seen in"), reports),
        "## Approvals",
        "By agency and date, as the library holds them; an answer as of a day sees those granted by then.",
        table(("drug", "agency", "for", "date", "verified"), grants),
    )


def _seen(key: str) -> str:
    seen = citations()[key].seen
    return papers()[seen].citation if seen in papers() and seen != key else ""


def formats_page() -> str:
    """The formats, each with its page."""
    rows = [(f"[{one.name}]({one.name}.md)", one.title, "yes", yes_or_no(one.writes)) for one in FORMATS]
    own = [
        ("tables", "a folder of our own tables, as CSV", "yes", "yes"),
        ("parquet", "the same, as Parquet", "yes", "yes"),
    ]
    return page(
        "# Formats",
        "What records come in and go out in. A path is recognised by what it holds; `tenfold convert IN OUT --to NAME` writes."
        " Laboratory runs (RDML, QuantStudio, LightCycler 480, Rotor-Gene, CFX, digital PCR, CSV) are read by"
        " [tenfold plate](../../how-to/measure-a-run.md).",
        table(("format", "what it is", "read", "written"), [*own, *rows]),
    )


def format_page(name: str) -> str:
    """One format: what it is, how it is told, what its reader says of itself, and where the how-to is."""
    one = next(one for one in FORMATS if one.name == name)
    module = import_module(f"tenfold.exchange.{one.module}")
    how_to = HOW_TO[name]
    facts = [
        ("read", "yes"),
        ("written", f"`tenfold convert IN OUT --to {name}`" if one.writes else "no"),
        ("recognised by", _first_line(module.recognises)),
        ("read and written by", f"`tenfold.exchange.{one.module}`"),
        ("step by step", f"[how-to](../../how-to/{how_to}.md)"),
    ]
    told = inspect.getdoc(module) or ""
    guide = "[The implementation guide](../fhir.md) lists every resource and code." if name == "fhir" else ""
    return page(
        f"# {name}",
        one.title[0].upper() + one.title[1:] + ".",
        table(("", ""), facts),
        guide,
        "From the module that reads it:",
        "\n".join(f"> {line}".rstrip() for line in told.splitlines()),
        "What became of each field of a file is told by"
        " `tenfold convert IN OUT --report fields.csv`: [bring records in](../../how-to/convert-records.md).",
    )


def _first_line(function: object) -> str:
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
