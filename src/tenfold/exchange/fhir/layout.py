"""Where the columns of each table stand in FHIR resources. Written and read from this one list.

Every row of a table is one resource that carries the table's code (`urn:tenfold:fhir:record`). A number with a code of its own
that other systems look for (leucocytes, blasts, creatinine ...) is an Observation by itself, a member of the row's; other
columns are components of the Observation, or, of resources that have no components, parts of the extension
`urn:tenfold:fhir:columns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Category = Literal["laboratory", "survey", "exam"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a table are written.

    `resource`: the type of the row's own resource; `title`: what it is, in words; `members`: columns that are Observations of
    their own; `standard`: columns whose component carries a standard code too; `in_elements`: columns that an element of the
    resource holds; `drugs`: columns that are MedicationAdministrations which are part of the row's Procedure.
    """

    table: str
    resource: Literal["Observation", "Procedure", "MedicationStatement"]
    title: str
    category: Category = "laboratory"
    members: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    in_elements: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()


LAYOUTS: dict[str, Layout] = {
    one.table: one
    for one in (
        Layout(
            "mrd_samples",
            "Observation",
            "Measurable residual disease",
            in_elements=("sample_id", "laboratory", "tissue", "method", "value", "qualifier"),
        ),
        Layout("marrows", "Observation", "Marrow by microscope", members=("blasts_pct",)),
        Layout(
            "counts",
            "Observation",
            "Blood count",
            members=("anc_e9_l", "platelets_e9_l", "wbc_e9_l", "haemoglobin_g_dl", "blasts_pb_pct"),
        ),
        Layout(
            "chemistry",
            "Observation",
            "Blood chemistry",
            members=("creatinine_umol_l", "bilirubin_umol_l", "alt_u_l", "ldh_u_l"),
        ),
        Layout("status", "Observation", "Patient's condition", category="survey", members=("ecog",)),
        Layout("variants", "Observation", "Variant found", standard=("gene", "hgvs_c", "hgvs_p", "vaf", "germline")),
        Layout("genes_tested", "Observation", "Gene looked at", standard=("gene",)),
        Layout("karyotypes", "Observation", "Karyotype", standard=("iscn",)),
        Layout("fusions", "Observation", "Fusion looked for", in_elements=("result",)),
        Layout(
            "responses",
            "Observation",
            "Response as the centre recorded it",
            category="exam",
            in_elements=("reported_response",),
        ),
        Layout("events", "Observation", "Event, or its absence", category="exam", in_elements=("present",)),
        Layout("reported_outcomes", "Observation", "Time to an event, as reported", category="survey"),
        Layout("treatments", "Procedure", "Treatment", in_elements=("intent", "regimen"), drugs=("drugs",)),
        Layout("cycles", "Procedure", "Cycle of a treatment", drugs=("partner_drug", "azole")),
        Layout("transplants", "Procedure", "Transplant"),
        Layout("medications", "MedicationStatement", "Medicine", in_elements=("drug",)),
    )
}
"""Every table whose rows are resources of their own; patients are Patient and Condition, completeness stands in Basic."""
