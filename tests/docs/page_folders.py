"""The folders and files that the pages speak of, made from simulated patients and examples: nobody in them is a real patient of a centre."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from contextlib import chdir
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from page_blocks import ROOT, blocks_of
from typer.testing import CliRunner

from tenfold.cli import app

KEPT = TemporaryDirectory(prefix="tenfold-pages-")  # until the tests end


def tenfold(*words: str) -> None:
    """Run a command that must end well."""
    ran = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert ran.exit_code == 0, f"tenfold {' '.join(words)}: {ran.output}"


def centre(path: Path) -> None:
    """A small centre, simulated: twelve patients followed for NPM1; A1 is in remission."""
    tenfold("simulate", "--patients", "12", "--out", str(path))
    for table in path.glob("*.csv"):
        table.write_text(table.read_text("utf-8").replace("S00000005,", "A1,"), "utf-8")


def unmended(path: Path) -> None:
    """The same centre before its export was mended: a level without a scale."""
    centre(path)
    samples = path / "mrd_samples.csv"
    head, *rows = samples.read_text("utf-8").splitlines()
    rows = [f"{row},{'0.05' if number == 3 else ''}" for number, row in enumerate(rows)]
    samples.write_text("\n".join([f"{head},value", *rows, ""]), "utf-8")


def registry(path: Path) -> None:
    """A registry, simulated: relapsed or refractory before venetoclax, whose survival follows VEN-PRS."""
    tenfold("simulate", "--patients", "80", "--kind", "venprs", "--out", str(path))


def written(format: str) -> Callable[[Path], None]:
    """The small centre in another format."""

    def make(path: Path) -> None:
        tenfold("convert", str(made("my-centre")), str(path), "--to", format)

    return make


def text(content: str) -> Callable[[Path], None]:
    """A small file, as it stands here."""
    return lambda path: path.write_text(content, "utf-8") and None


MAF = (
    "#version 2.4\nHugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\tHGVSc\tHGVSp_Short\n"
    "NPM1\tFrame_Shift_Ins\tX-1\tc.860_863dup\tp.W288Cfs*12\n"
)
CALLED = (
    "TCTG|frameshift_variant|NPM1|ENST00000296930.5|protein_coding|ENST00000296930.5:c.860_863dup|"
    "ENSP00000296930.5:p.Trp288CysfsTer12|YES|NM_002520.7"
)
VCF = (
    "##fileformat=VCFv4.2\n"
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Feature|BIOTYPE|HGVSc|HGVSp|CANONICAL|MANE_SELECT">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tX-1\n"
    f"5\t171410539\t.\tC\tCTCTG\t.\tPASS\tCSQ={CALLED}\tGT:AF\t0/1:0.4\n"
)


def shown(page: str, file: str) -> Callable[[Path], None]:
    """A file as a page of the how-to shows it."""
    blocks = blocks_of(ROOT / "docs" / "how-to" / page)
    [content] = [block.text for block in blocks if block.marks.get("file") == file]
    return text(content)


def example(name: str) -> Callable[[Path], None]:
    """A file of the example of a laboratory's run, which is simulated."""
    return lambda path: shutil.copy(ROOT / "docs" / "examples" / "npm1-run" / name, path) and None


def german(path: Path) -> None:
    """Invented patients as a centre with another table and another language exports them."""
    path.mkdir()
    (path / "patients.csv").write_text(
        "Pat-Nr;Geschlecht;GebDat;Bemerkung\nX-1;W;03.02.1961;\nX-2;M;31.12.1950;ruft an\n", "utf-8"
    )
    with xlsxwriter.Workbook(str(path / "lab.xlsx")) as book:
        sheet = book.add_worksheet("Blutbild")
        sheet.write_row(0, 0, ["ID", "Datum", "Leuko", "Hb"])
        sheet.write_row(1, 0, ["1"])
        sheet.write_datetime(1, 1, datetime(2024, 5, 3), book.add_format({"num_format": "dd.mm.yyyy"}))
        sheet.write_row(1, 2, [4200, "101,5"])


FOLDERS: dict[str, Callable[[Path], None]] = {
    "my-centre": centre,
    "my-registry": registry,
    "laml_tcga": written("cbioportal"),
    "fhir-export": written("fhir"),
    "export.csv": written("redcap"),
    "bundle.json": written("fhir"),
    "packets": written("phenopackets"),
    "theirs.json": written("phenopackets"),
    "cdm.duckdb": written("omop"),
    "cdm-folder": written("omop"),
    "book.xlsx": written("workbook"),
    "unmended": unmended,
    "my-laboratory.toml": shown("assess-patients.md", "my-laboratory.toml"),
    "my-centre.toml": shown("options.md", "my-centre.toml"),
    "small-study.toml": text('title = "Overall survival"\n\n[[endpoint]]\nname = "OS"\n'),
    "study.toml": shown("cohort-study.md", "study.toml"),
    "mine.toml": shown("develop-a-score.md", "example.toml"),
    "run.csv": example("run.csv"),
    "laboratory.toml": example("laboratory.toml"),
    "map.csv": example("map.csv"),
    "diagnosis.csv": example("diagnosis.csv"),
    "my-export": german,
    "study.json": lambda path: shutil.copy(ROOT / "tests" / "data" / "trials" / "example-study.json", path) and None,
    "patients.csv": text('patient,karyotype\nX-1,"46,XX,t(8;21)(q22;q22)[18]/46,XX[2]"\nX-2,"46,XY[20]"\n'),
    "calls.maf": text(MAF),
    "calls.vcf.gz": lambda path: path.write_bytes(gzip.compress(VCF.encode())) and None,
    "centres.csv": text("patient_id,centre\nS00000001,North\nS00000002,South\n"),
}


@cache
def made(name: str) -> Path:
    """A folder or file of this name, made once."""
    path = Path(KEPT.name) / name
    with chdir(path.parent):
        FOLDERS[name](path)
    return path


def bring(name: str, folder: Path) -> None:
    """Put the folder or file that a command names where the command looks for it, unless it is there."""
    name = name.split("/")[0]
    if name in FOLDERS and not (folder / name).exists():
        source = made(name)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
