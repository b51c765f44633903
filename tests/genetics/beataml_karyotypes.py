"""Karyotypes of Beat AML against the fusions its RNA and FISH found: `python tests/genetics/beataml_karyotypes.py`.

Prints the share of strings that give every derived fact, agreement with the fusion calls, and every disagreement with the
text, so that each can be explained from it. The cohort lies beside the project and is no part of it (Bottomly et al.,
Cancer Cell 2022;40:850-864; CC BY 4.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import python_calamine

from tenfold.genetics.karyotype import fact_names, facts_frame

WORKBOOK = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "beataml2" / "beataml_wv1to4_clinical.xlsx"
COLUMNS = ("karyotype", "consensusAMLFusions", "ELN2017", "specificDxAtAcquisition")
FUSIONS = {
    "RUNX1-RUNX1T1": "t_8_21",
    "CBFB-MYH11": "inv_16",
    "PML-RARA": "t_15_17",
    "MLLT3-KMT2A": "t_9_11",
    "DEK-NUP214": "t_6_9",
    "GATA2-MECOM": "inv_3",
    "KMT2A_re": "kmt2a_rearranged",
}


@dataclass(frozen=True)
class Agreement:
    """How a fact of the karyotype agrees with a fusion found otherwise; the texts behind every disagreement."""

    both: int
    fusion_only: tuple[str, ...]
    unknown: tuple[str, ...]
    karyotype_only: tuple[str, ...]


def cohort() -> pl.DataFrame:
    """Return the specimens that have a karyotype, with every derived fact."""
    rows = python_calamine.CalamineWorkbook.from_path(str(WORKBOOK)).get_sheet_by_index(0).to_python()
    places = [rows[0].index(name) for name in COLUMNS]
    cells = [[str(row[place]) or None for place in places] for row in rows[1:]]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    frame = frame.filter(pl.col("karyotype").is_not_null())
    return frame.hstack(facts_frame(frame["karyotype"]))


def complete(frame: pl.DataFrame) -> float:
    """Return the share of strings that are karyotypes and give every derived fact."""
    read = frame.filter(pl.col("status") == "read")
    return read.filter(pl.col("unknown").list.len() == 0).height / read.height


def agreement(frame: pl.DataFrame, fusion: str, fact: str) -> Agreement:
    """Compare one fact with one fusion call."""
    called = (pl.col("consensusAMLFusions") == fusion).fill_null(False)

    def texts(condition: pl.Expr) -> tuple[str, ...]:
        return tuple(frame.filter(condition)["karyotype"])

    return Agreement(
        len(texts(called & pl.col(fact))),
        texts(called & ~pl.col(fact)),
        texts(called & pl.col(fact).is_null()),
        texts(~called & pl.col(fact)),
    )


def main() -> None:
    """Print the comparison."""
    frame = cohort()
    print(f"{frame.height} karyotypes, {frame['karyotype'].n_unique()} distinct; every fact: {complete(frame):.3f}")
    for fusion, fact in FUSIONS.items():
        found = agreement(frame, fusion, fact)
        print(f"{fusion}: {found.both} agree")
        for words, listed in (
            ("fusion, not in the karyotype", found.fusion_only),
            ("fusion, karyotype leaves it open", found.unknown),
            ("karyotype, no fusion called", found.karyotype_only),
        ):
            for text in listed:
                print(f"  {words}: {text}")
    print("not every fact known:")
    for row in (
        frame.filter(pl.col("unknown").list.len() > 0).unique("karyotype", maintain_order=True).iter_rows(named=True)
    ):
        many = len(row["unknown"]) == len(fact_names())
        print(f"  {row['karyotype']}  {'all' if many else ', '.join(row['unknown'])}  {row['unread']}")


if __name__ == "__main__":
    main()
