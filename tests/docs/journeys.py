"""One journey in a process of its own: prints the modules of which some function ran. `python journeys.py sample|gene FOLDER`,
with `tests` on the path."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import tenfold
from service.cds_calls import RELAPSE, Service, records, resources
from tenfold.exchange.formats import open_records
from tenfold.reports.card import card

MAF = (
    "Hugo_Symbol Tumor_Sample_Barcode Variant_Classification HGVSc HGVSp_Short t_alt_count t_depth",
    "TP53 A1 Missense_Mutation c.743G>A p.R248Q 40 100",
)


def sample(folder: Path) -> None:
    records(mrd_samples=RELAPSE).write(folder / "centre")
    molecular = tenfold.assess(open_records(folder / "centre").registry).molecular
    assert "MRD relapse, unconfirmed" in molecular["state_possible"].explode().to_list()
    cards = Service(130).view(resources(mrd_samples=RELAPSE))
    assert any(made["summary"].startswith("MRD relapse, unconfirmed") for made in cards)


def gene(folder: Path) -> None:
    maf = folder / "panel.maf"
    maf.write_text("".join("\t".join(line.split()) + "\n" for line in MAF), "utf-8")
    assessment = tenfold.assess(open_records(maf).registry)
    assert card(assessment, "A1")["variants"]
    assert "adverse" in assessment.diagnosis["eln_2022_possible"][0]


def entered(work: Callable[[Path], None], folder: Path) -> set[str]:
    found: set[str] = set()

    def note(frame, event, argument) -> None:
        if event == "call":
            found.add(frame.f_globals.get("__name__", ""))

    # What a request asks is worked out in another thread.
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        work(folder)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return found


if __name__ == "__main__":
    print("\n".join(sorted(entered({"sample": sample, "gene": gene}[sys.argv[1]], Path(sys.argv[2])))))
