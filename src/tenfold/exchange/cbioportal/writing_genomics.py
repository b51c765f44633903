"""The mutations of a study, and the panels that say which genes were looked at.

MAF has no column for much of what a variant is here, so that each row also has the columns of the table of variants under
the namespace ``tenfold``. A sample's panel holds the genes tested in it and those in which something was found: without a
panel cBioPortal would count every gene of the sample as looked at.
"""

from __future__ import annotations

from typing import Any

from tenfold.exchange.cbioportal.files import Folder
from tenfold.exchange.cbioportal.places import Places, in_days
from tenfold.exchange.cbioportal.words import NAMESPACE, words
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

LONGEST_CHANGE = 255


def write_genomics(folder: Folder, registry: Registry, places: Places) -> None:
    """Write mutations, panels, the panel matrix and the lists of samples."""
    samples = [sample for _, _, sample in places.of_patient()]
    genes = _genes_of_samples(registry, places)
    folder.case_list("all", "All samples", "all_cases_in_study", samples)
    if not genes:
        return
    looked_at = [sample for sample in samples if sample in genes]
    folder.case_list("sequenced", "Samples with mutation data", "all_cases_with_mutation_data", looked_at)
    if registry.table("variants").height:
        _write_mutations(folder, registry, places)
        _write_panels(folder, {sample: genes.get(sample, frozenset()) for sample in samples})


def _genes_of_samples(registry: Registry, places: Places) -> dict[str, frozenset[str]]:
    """Sample -> the genes looked at: those tested, and those in which a variant was found."""
    found: dict[str, set[str]] = {}
    for name in ("genes_tested", "variants"):
        day = TABLES[name]["sample_date"].named(registry.axis)
        for row in registry.table(name).iter_rows(named=True):
            found.setdefault(places.sample(row, day), set()).add(row["gene"])
    return {sample: frozenset(genes) for sample, genes in found.items()}


def _write_mutations(folder: Folder, registry: Registry, places: Places) -> None:
    columns = [column for column in TABLES["variants"].columns if column.name != "patient_id"]
    day = TABLES["variants"]["sample_date"].named(registry.axis)
    header = [
        "Hugo_Symbol",
        "Tumor_Sample_Barcode",
        "Variant_Classification",
        "HGVSc",
        "HGVSp_Short",
        "Mutation_Status",
    ]
    header += [f"{NAMESPACE}.{column.named('relative')}" for column in columns]
    rows = []
    for row in registry.table("variants").iter_rows(named=True):
        line: list[Any] = [row["gene"], places.sample(row, day), classification(row["kind"], row["hgvs_c"])]
        line += [row["hgvs_c"], _short(row["hgvs_p"]), {True: "Germline", False: "Somatic"}.get(row["germline"])]
        line += [in_days(places, column, row["patient_id"], row[column.named(registry.axis)]) for column in columns]
        rows.append(line)
    folder.cells("data_mutations.txt", header, rows)
    folder.meta(
        "meta_mutations.txt",
        "MUTATION_EXTENDED",
        "MAF",
        "data_mutations.txt",
        {
            "stable_id": "mutations",
            "show_profile_in_analysis_tab": "true",
            "profile_name": "Mutations",
            "profile_description": "Variants as the laboratories reported them.",
            "namespaces": NAMESPACE,
        },
    )


def classification(kind: str | None, hgvs_c: str | None) -> str:
    """MAF's class of a variant; Unknown where the kind is not known, or MAF has no class for it."""
    if kind == "frameshift":
        change = hgvs_c or ""
        if "delins" in change:
            return "Unknown"
        return (
            "Frame_Shift_Ins"
            if "ins" in change or "dup" in change
            else "Frame_Shift_Del"
            if "del" in change
            else "Unknown"
        )
    found: str = words()["classification"].get(kind or "", "Unknown")
    return found


def _short(change: str | None) -> str | None:
    """The protein change where cBioPortal takes it: one change, no commas or semicolons."""
    if change is None or len(change) > LONGEST_CHANGE or any(mark in change for mark in ",;") or "p." in change[1:]:
        return None
    return change


def _write_panels(folder: Folder, genes: dict[str, frozenset[str]]) -> None:
    panels: dict[frozenset[str], str] = {}
    for one in genes.values():
        if one and one not in panels:
            panels[one] = f"{folder.study}_panel_{len(panels) + 1}"
    for listed, name in panels.items():
        number = name.rsplit("_", 1)[1]
        folder.fields(
            f"data_gene_panel_{number}.txt",
            {
                "stable_id": name,
                "description": "Genes tested, and genes in which a variant was found.",
                "gene_list": "\t".join(sorted(listed)),
            },
        )
    rows = [[sample, panels.get(one, "NA")] for sample, one in genes.items()]
    folder.cells("data_gene_panel_matrix.txt", ["SAMPLE_ID", "mutations"], rows)
    folder.meta("meta_gene_panel_matrix.txt", "GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX", "data_gene_panel_matrix.txt")
