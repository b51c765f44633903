"""The services that are offered, and the data that each asks to be sent along.

The searches ask for what is read and no more, by the codes of `exchange.fhir` (a laboratory's own codes, once they stand
there, are asked for too). They keep to the subset that the specification recommends: reads, searches by patient, codes,
`_count` and `_sort`. Both services ask for the same, so that a client fetches it once.

CDS Hooks 2.0, Prefetch Template and Prefetch query restrictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tenfold.exchange.fhir.codes import RECORD, meanings
from tenfold.exchange.fhir.layout import LAYOUTS
from tenfold.service.cds_hooks.messages import Discovery, Service

PATIENT = "{{context.patientId}}"
PATIENT_VIEW, ORDER_SELECT = "tenfold-patient-view", "tenfold-order-select"
HOOKS = {PATIENT_VIEW: "patient-view", ORDER_SELECT: "order-select"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search of the prefetch: its key, template, the types of resource that it gives, and whether it must be there."""

    key: str
    template: str
    kinds: frozenset[str]
    called: str
    needed: bool = False

    def of(self, patient_id: str) -> str:
        """The search for one patient."""
        return self.template.replace(PATIENT, patient_id)


OBSERVED = {
    "residualDisease": ("measurable residual disease", ("mrd_samples",), ()),
    "bloodAndMarrow": ("blood counts, marrows and chemistry", ("counts", "marrows", "chemistry"), ()),
    "genetics": (
        "genetics",
        ("variants", "genes_tested", "karyotypes", "fusions"),
        ("karyotype in words", "iscn"),
    ),
    "condition": ("performance status, responses and events", ("status", "responses", "events"), ()),
}
"""Key -> what it is called, the tables whose codes are asked for, and further meanings."""
NEEDED = ("residualDisease",)
MOST = 200
"""Resources of one search, the newest first: years of a patient's follow-up, and a fraction of what records hold."""
FEW = 50
DISEASE = "acute myeloid leukaemia"


def _codes(tables: tuple[str, ...], further: tuple[str, ...]) -> str:
    ours = [(RECORD, table) for table in tables]
    read = [
        code
        for code, means in meanings().items()
        if means.partition(".")[0] in tables
        or means in further
        or (means.startswith("record:") and means.removeprefix("record:") in tables)
    ]
    return ",".join(f"{system}|{code}" for system, code in dict.fromkeys([*ours, *read]))


@cache
def wanted() -> tuple[Wanted, ...]:
    """Every search of the prefetch, the patient first."""
    of = f"patient={PATIENT}"
    observed = [
        Wanted(
            key,
            f"Observation?{of}&code={_codes(tables, further)}&_sort=-date&_count={MOST}",
            frozenset({"Observation"}),
            called,
            key in NEEDED,
        )
        for key, (called, tables, further) in OBSERVED.items()
    ]
    procedures = tuple(name for name, layout in LAYOUTS.items() if layout.resource == "Procedure")
    given = [
        ("medicationAdministrations", "MedicationAdministration", "medicines given", f"&_count={MOST}"),
        ("medicationStatements", "MedicationStatement", "medicines said to be taken", f"&_count={FEW}"),
        ("medicationRequests", "MedicationRequest", "medicines ordered", f"&_sort=-authoredon&_count={FEW}"),
        ("specimens", "Specimen", "specimens", f"&_count={MOST}"),
        ("reports", "DiagnosticReport", "reports", f"&_sort=-date&_count={FEW}"),
    ]
    return (
        Wanted("patient", f"Patient/{PATIENT}", frozenset({"Patient"}), "the patient", True),
        Wanted(
            "conditions",
            f"Condition?{of}&code={_codes((), (DISEASE,))}&_count={FEW}",
            frozenset({"Condition"}),
            "the diagnosis",
        ),
        *observed,
        Wanted(
            "procedures",
            f"Procedure?{of}&code={_codes(procedures, ())}&_count={MOST}",
            frozenset({"Procedure"}),
            "treatments and transplants",
        ),
        *(Wanted(key, f"{kind}?{of}{rest}", frozenset({kind}), called) for key, kind, called, rest in given),
    )


@cache
def discovery() -> Discovery:
    """The services as they are listed."""
    searches = {one.key: one.template for one in wanted()}
    needs = (
        "AML only. Without a prefetched or readable Patient, and search for measurable residual disease, the answer is 412. "
        "Searches that are not answered are named on a card, and nothing is inferred from them."
    )
    return Discovery(
        services=(
            Service(
                hook="patient-view",
                id=PATIENT_VIEW,
                title="Tenfold: AML on opening the chart",
                description=(
                    "Molecular state of acute myeloid leukaemia and why, samples to confirm or overdue, where risk models"
                    " disagree, options with their evidence, whether stopping venetoclax may be considered, and what is"
                    " missing. Decision support: it never places an order."
                ),
                prefetch=searches,
                usageRequirements=needs,
            ),
            Service(
                hook="order-select",
                id=ORDER_SELECT,
                title="Tenfold: venetoclax and what interacts with it",
                description=(
                    "When venetoclax, or a medicine that acts on it, is chosen for a patient with acute myeloid leukaemia:"
                    " what each source prints of the dose, interactions, and where options with venetoclax stand."
                    " Decision support: it never places or changes an order."
                ),
                prefetch=searches,
                usageRequirements=needs,
            ),
        )
    )
