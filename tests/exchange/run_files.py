"""Run files for the tests: where the real ones are, and hand-written ones in the shapes of several instruments."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

RUNS = Path(__file__).parent.parent / "data" / "runs"


def unpacked(name: str, folder: Path) -> Path:
    """A real file that is kept packed, unpacked into a folder."""
    path = folder / name.removesuffix(".gz")
    path.write_bytes(gzip.decompress((RUNS / name).read_bytes()))
    return path


def written(folder: Path, text: str, name: str = "run.csv", encoding: str = "utf-8") -> Path:
    """A file with a text, its line ends as they are."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@dataclass(frozen=True)
class Well:
    """What one well of a hand-written run holds; ``ct`` None is a threshold never crossed."""

    place: int
    sample: str
    role: str
    copies: float | None
    ct: float | None


PLATE = [
    Well(1, "Std 1E5", "standard", 100000.0, 20.125),
    Well(2, "Std 1E3", "standard", 1000.0, 26.75),
    Well(3, "Std 1E1", "standard", 10.0, 33.5),
    Well(4, "P-0417", "patient", None, 28.375),
    Well(5, "P-0418", "patient", None, None),
    Well(6, "NTC", "no template", None, None),
]
"""A small NPM1 run, the same in every shape."""


def number(value: float | None, mark: str = ".") -> str:
    """A number as an instrument writes it; empty where there is none."""
    return "" if value is None else f"{value:g}".replace(".", mark)


def name(place: int) -> str:
    """A1, A2 ... along the first row."""
    return f"A{place}"


def as_plain(wells: list[Well], separator: str = ",", mark: str = ".") -> str:
    """The plain table."""
    lines = [["well", "sample", "target", "role", "copies", "ct"]]
    lines += [
        [name(w.place), w.sample, "NPM1", w.role, number(w.copies, mark), number(w.ct, mark) or "Undetermined"]
        for w in wells
    ]
    return "".join(separator.join(line) + "\n" for line in lines)


def as_lightcycler(wells: list[Well], mark: str = ".") -> str:
    """The export of an analysis of a LightCycler 480; it tells standards and nothing of other roles."""
    lines = ["Experiment: NPM1 2026-03-02  Selected Filter: FAM (465-510)"]
    lines.append("Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus")
    lines += [
        f"True\t255\t{name(w.place)}\t{w.sample}\t{number(w.ct, mark)}\t\t{number(w.copies, mark) or 0}\t"
        for w in wells
    ]
    return "\r\n".join(lines) + "\r\n"


def as_rotorgene(wells: list[Well], mark: str = ".", separator: str = ",") -> str:
    """The export of an analysis of a Rotor-Gene; every cell in quotes."""
    kinds = {"standard": "Standard", "patient": "Unknown", "no template": "NTC"}
    head = [["Excel Analysed Data Export"], ["Date", "02/13/2026"], ["Time", "10:34:20"], [], ["Channel", "Gain"]]
    head += [["Green", "8"], [], ["Quantitative analysis of Cycling A.Green (NPM1)"], []]
    head += [["No.", "Colour", "Name", "Type", "Ct", "Ct Comment", "Given Conc (copies/reaction)", "Rep. Ct"]]
    head += [
        [str(w.place), "255", w.sample, kinds[w.role], number(w.ct, mark), "", number(w.copies, mark), ""]
        for w in wells
    ]
    return "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in head) + "\r\n"


def as_applied_biosystems(wells: list[Well], mark: str = ".") -> str:
    """The text export of a 7500; the header of the threshold has a Cyrillic letter."""
    tasks = {"standard": "STANDARD", "patient": "UNKNOWN", "no template": "NTC"}
    lines = ["Block Type\t96well", "Experiment Name\tNPM1 2026-03-02", "", "[Results]"]
    lines.append("Well\tSample Name\tTarget Name\tTask\tCт\tQuantity")
    lines += [
        f"{name(w.place)}\t{w.sample}\tNPM1\t{tasks[w.role]}\t{number(w.ct, mark) or 'Undetermined'}\t"
        f"{number(w.copies, mark)}"
        for w in wells
    ]
    return "\n".join(lines) + "\n"
