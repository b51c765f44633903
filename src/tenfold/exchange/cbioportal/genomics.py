"""What the samples showed: mutations (MAF), structural variants, and the genes that a panel looked at.

Traps: cBioPortal takes a sample without a panel as wholly sequenced; here no gene counts as looked at unless a panel in the
folder lists it. A panel that lists FLT3 does not say that it finds internal tandem duplications, so that its negative
speaks of the kinase domain alone. Of a structural variant the two genes are taken in the order in which they are written.
"""

from __future__ import annotations

from pathlib import Path

from tenfold.exchange.cbioportal.gathered import Gathered, Row
from tenfold.exchange.cbioportal.study import Cells, meta_fields, read_cells
from tenfold.exchange.cbioportal.words import NAMESPACE, target, why_left
from tenfold.exchange.converted import Fate, Field
from tenfold.exchange.variant_files.maf import read_maf
from tenfold.exchange.variant_files.report import DECIDES, HARMLESS, VariantFileNotUnderstood
from tenfold.records.faults import Used, each_fault, file_fault
from tenfold.records.tables import TABLES

LENGTH_NOT_STATED = "TKD; tandem duplication not stated"
WHOLE = ("", "na", "wxs", "wgs", "wes", "wxs/wgs")
"""Words of the panel matrix that name no panel."""


def read_mutations(gathered: Gathered) -> set[str]:
    """The variants; returned are the patients of whom a row could not be read. An empty id stands for a row of nobody known."""
    lost: set[str] = set()
    for path in gathered.study.of("MUTATION_EXTENDED", "MAF"):
        cells, faults = read_cells(path)
        if cells is None:
            gathered.faults += faults
            lost.add("")
            continue
        if any(name.lower().startswith(f"{NAMESPACE}.") for name in cells.header):
            gathered.faults += faults
            _own_mutations(gathered, cells)
        else:
            lost |= _maf(gathered, cells, path)
    return lost


def _own_mutations(gathered: Gathered, cells: Cells) -> None:
    """A MAF of Tenfold's, whose own columns hold the table of variants whole."""
    columns = {f"{NAMESPACE}.{column.name.removesuffix('_date')}": column for column in TABLES["variants"].columns}
    columns = {f"{name}_day" if columns[name].name.endswith("_date") else name: columns[name] for name in columns}
    for name in cells.header:
        if name in columns:
            gathered.tell(cells, name, Fate.MAPPED, target("variants", columns[name], gathered.axis))
        elif name == "Tumor_Sample_Barcode":
            gathered.tell(cells, name, Fate.MAPPED, "variants.patient_id")
        else:
            gathered.tell(cells, name, Fate.LEFT, "", f"for cBioPortal's pages; it stands in the columns {NAMESPACE}.*")
    for line, row in cells.rows:
        sample = row["Tumor_Sample_Barcode"].strip()
        patient = gathered.samples.get(sample, sample)
        made: Row = {
            column.named(gathered.axis): gathered.value(column, gathered.cell(row, name), patient)
            for name, column in columns.items()
        }
        gathered.add("variants", cells.file, line, made | {"patient_id": patient})


def _maf(gathered: Gathered, cells: Cells, path: Path) -> set[str]:
    """Another's MAF, by the reader of variant files."""
    try:
        frame, report = read_maf(path, gathered.samples)
    except VariantFileNotUnderstood as error:
        gathered.faults.append(file_fault(path.name, str(error), "export the mutations again"))
        return {""}
    faults = list(each_fault(report.set_aside))
    gathered.faults += faults
    aside = {fault.line for fault in faults if fault.used is Used.ROW_SET_ASIDE}
    kept = [(line, row) for line, row in cells.rows if line not in aside and not _is_comment(row)]
    if len(kept) != frame.height:  # the lines cannot be told: the rows are, all the same
        kept = [(number, {}) for number in range(1, frame.height + 1)]
        gathered.notes[f"{cells.file}: its lines could not be counted; a fault names the number of the variant"] = None
    day_name = gathered.name("variants", "sample_date")
    for (line, row), made in zip(kept, frame.to_dicts(), strict=True):
        patient = str(made.pop("patient_id"))
        made.pop("sample_date")
        day = gathered.sample_days.get(row.get("Tumor_Sample_Barcode", "").strip())
        filled: Row = {name: _text(value) for name, value in made.items() if value is not None}
        gathered.add(
            "variants", cells.file, line, filled | {"patient_id": patient, day_name: gathered.day(day, patient)}
        )
    into = report.targets()
    for name in cells.header:
        if name in into:
            gathered.tell(cells, name, Fate.MAPPED, into[name], "" if into[name] else DECIDES)
        else:
            gathered.tell(cells, name, Fate.LEFT, "", why_left(name))
    gathered.fields += [
        Field(cells.file, "(read as)", Fate.GUESSED, "variants", sentence) for sentence in report.guessed
    ]
    gathered.notes.update(
        dict.fromkeys(f"{cells.file}: {note}" for note in report.notes if "sample's name" not in note)
    )
    return {
        fault.patient_id or ""
        for fault in faults
        if fault.used is Used.ROW_SET_ASIDE and not fault.rule.startswith(HARMLESS)
    }


def _is_comment(row: dict[str, str]) -> bool:
    return next(iter(row.values()), "").startswith("#")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def read_panels(gathered: Gathered) -> set[str]:
    """The genes that panels looked at; returned are the patients whose every sample has a panel that the folder defines."""
    panels: dict[str, list[str]] = {}
    folder = gathered.study.folder
    for path in sorted([*folder.glob("*gene_panel*.txt"), *folder.glob("*/*gene_panel*.txt")]):
        if path.is_file() and "matrix" not in path.name and not path.name.startswith("meta_"):
            fields = meta_fields(path)
            genes = fields.get("gene_list", "").replace(",", "\t").split("\t")
            if fields.get("stable_id"):
                panels[fields["stable_id"]] = [gene.strip() for gene in genes if gene.strip()]
    covered: set[str] = set()
    for path in gathered.study.of("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"):
        cells, faults = read_cells(path)
        gathered.faults += faults
        if cells is None or "SAMPLE_ID" not in cells.header:
            continue
        _say_panels(gathered, cells)
        if not gathered.own and "mutations" in cells.header:
            covered |= _panel_rows(gathered, cells, panels)
    without = {gathered.samples[sample] for sample in gathered.samples if sample not in gathered.covered_samples}
    return covered - without


def _say_panels(gathered: Gathered, cells: Cells) -> None:
    for name in cells.header:
        if gathered.own:
            gathered.tell(cells, name, Fate.LEFT, "", "for cBioPortal; the genes tested stand in a file of their own")
        elif name == "mutations":
            gathered.tell(cells, name, Fate.MAPPED, "genes_tested.gene", "where the folder defines the panel")
        elif name == "SAMPLE_ID":
            gathered.tell(cells, name, Fate.MAPPED, "genes_tested.patient_id")
        else:
            gathered.tell(cells, name, Fate.LEFT, "", "a profile that is not of mutations")


def _panel_rows(gathered: Gathered, cells: Cells, panels: dict[str, list[str]]) -> set[str]:
    covered = set()
    day_name = gathered.name("genes_tested", "sample_date")
    for line, row in cells.rows:
        sample, panel = row["SAMPLE_ID"].strip(), row["mutations"].strip()
        patient = gathered.samples.get(sample)
        if patient is None or panel.casefold() in WHOLE:
            if panel.casefold() in WHOLE[2:]:
                gathered.notes["samples sequenced as whole exome or genome: no gene is taken as tested for that"] = None
            continue
        if panel not in panels:
            gathered.notes[
                f"the panel {panel} is not defined in the folder (gene_list): no gene is taken as tested"
            ] = None
            continue
        gathered.covered_samples.add(sample)
        covered.add(patient)
        day = gathered.day(gathered.sample_days.get(sample), patient)
        for gene in panels[panel]:
            method = f"sequencing panel {panel}" + (f": {LENGTH_NOT_STATED}" if gene == "FLT3" else "")
            gathered.add(
                "genes_tested",
                cells.file,
                line,
                {"patient_id": patient, day_name: day, "gene": gene, "method": method},
            )
    return covered


def read_structural(gathered: Gathered) -> None:
    """Fusions of two genes among the structural variants."""
    for path in gathered.study.of("STRUCTURAL_VARIANT", "SV"):
        cells, faults = read_cells(path)
        gathered.faults += faults
        if cells is None:
            continue
        wanted = ("Sample_Id", "Site1_Hugo_Symbol", "Site2_Hugo_Symbol")
        usable = set(wanted) <= set(cells.header)
        for name in cells.header:
            if usable and name in wanted[1:]:
                gathered.tell(cells, name, Fate.GUESSED, "fusions.fusion", "the two genes in the order written")
            elif usable and name == wanted[0]:
                gathered.tell(cells, name, Fate.MAPPED, "fusions.patient_id")
            else:
                gathered.tell(cells, name, Fate.LEFT, "", why_left(name))
        day_name = gathered.name("fusions", "sample_date")
        for line, row in cells.rows if usable else ():
            patient = gathered.samples.get(row["Sample_Id"].strip())
            genes = [gathered.cell(row, name) for name in wanted[1:]]
            if patient is None or None in genes or genes[0] == genes[1]:
                gathered.notes[f"{cells.file}: variants of one gene, or of a sample that is not listed, were left"] = (
                    None
                )
                continue
            day = gathered.day(gathered.sample_days.get(row["Sample_Id"].strip()), patient)
            made: Row = {"patient_id": patient, day_name: day, "fusion": f"{genes[0]}::{genes[1]}"}
            gathered.add("fusions", cells.file, line, made | {"method": "sequencing", "result": "yes"})
