"""Writing the files of a study: tab-separated text, meta files, case lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenfold.exchange.cbioportal.words import escaped
from tenfold.exchange.converted import as_text


@dataclass(frozen=True)
class Attribute:
    """A column of a clinical file: its name, what cBioPortal shows for it, and whether it holds numbers."""

    name: str
    shown: str
    described: str
    number: bool = False


@dataclass
class Folder:
    """The folder of a study that is being written."""

    path: Path
    study: str
    written: list[Path] = field(default_factory=list)

    def text(self, name: str, text: str) -> None:
        """Write one file."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
        self.written.append(file)

    def cells(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], above: Sequence[str] = ()) -> None:
        """Write a tab-separated file; `above`: the lines before its header."""
        lines = [*above, "\t".join(header)]
        lines += ["\t".join(escaped(as_text(value) or "") for value in row) for row in rows]
        self.text(name, "\n".join(lines) + "\n")

    def clinical(self, name: str, attributes: Sequence[Attribute], rows: Iterable[Sequence[Any]]) -> None:
        """Write a clinical file with its four lines of attributes above the header."""
        above = [
            "#" + "\t".join(escaped(one.shown) for one in attributes),
            "#" + "\t".join(escaped(one.described) for one in attributes),
            "#" + "\t".join("NUMBER" if one.number else "STRING" for one in attributes),
            "#" + "\t".join("1" for _ in attributes),
        ]
        self.cells(name, [one.name for one in attributes], rows, above)

    def meta(self, name: str, alteration: str, datatype: str, data: str, more: Mapping[str, str] | None = None) -> None:
        """Write the meta file of a data file."""
        fields = {"genetic_alteration_type": alteration, "datatype": datatype, **(more or {}), "data_filename": data}
        if alteration != "CANCER_TYPE":
            fields = {"cancer_study_identifier": self.study, **fields}
        self.fields(name, fields)

    def fields(self, name: str, fields: Mapping[str, str]) -> None:
        """Write a file of ``name: value`` lines."""
        self.text(name, "".join(f"{field}: {value}\n" for field, value in fields.items()))

    def case_list(self, ending: str, name: str, category: str, samples: Sequence[str]) -> None:
        """Write a list of samples."""
        described = f"{name} ({len(samples)} samples)"
        self.fields(
            f"case_lists/cases_{ending}.txt",
            {
                "cancer_study_identifier": self.study,
                "stable_id": f"{self.study}_{ending}",
                "case_list_name": name,
                "case_list_description": described,
                "case_list_category": category,
                "case_list_ids": "\t".join(samples),
            },
        )
