"""The tables of a registry, column by column. Data only; what a column list means is said in ``shape``."""

from tenfold.records.laboratory_tables import (
    CHEMISTRY,
    COUNTS,
    FUSIONS,
    GENES_TESTED,
    KARYOTYPES,
    MARROWS,
    MRD_SAMPLES,
    VARIANTS,
)
from tenfold.records.shape import Column, Kind, Table
from tenfold.records.shared_columns import PATIENT, REPORTED, SEQUENCE
from tenfold.vocabulary import Endpoint, EventKind, Intent, Ontogeny, ReportedMRD, Response, Sex

PATIENTS = Table(
    "patients",
    "one row for each patient",
    dated_by="diagnosis_date",
    identity=("patient_id",),
    known_if_undated=True,
    columns=(
        PATIENT,
        Column("sex", Kind.WORD, "sex as recorded", words=Sex),
        Column("birth_date", Kind.DATE, "date of birth"),
        Column("age_at_diagnosis_years", Kind.NUMBER, "age at diagnosis", "years", low=0, high=120),
        Column(
            "age_years",
            Kind.NUMBER,
            "age as published or recorded, the occasion not stated",
            "years",
            low=0,
            high=120,
        ),
        Column("diagnosis_date", Kind.DATE, "date of the diagnosis of AML"),
        Column("day_zero", Kind.TEXT, "what day 0 is, where time is kept in days since it"),
        Column("ontogeny", Kind.WORD, "how the leukaemia arose", words=Ontogeny),
        Column("hct_ci", Kind.COUNT, "haematopoietic cell transplantation comorbidity index", low=0, high=29),
        Column("treatment_intent", Kind.TEXT, "what the first treatment aimed at"),
        Column("reason_no_transplant", Kind.TEXT, "why no transplant was done", known_from="last_contact_date"),
        Column(
            "last_contact_date",
            Kind.DATE,
            "last date on which the patient was known to be alive",
            known_from="last_contact_date",
        ),
        Column("death_date", Kind.DATE, "date of death", known_from="death_date"),
        Column("cause_of_death", Kind.TEXT, "cause of death", known_from="death_date"),
    ),
)

TREATMENTS = Table(
    "treatments",
    "one row for each treatment given",
    dated_by="start_date",
    date_required=True,
    columns=(
        PATIENT,
        Column("line", Kind.COUNT, "line of treatment, 1 the first", low=0, high=30),
        Column("intent", Kind.WORD, "why it was given", words=Intent),
        Column("regimen", Kind.TEXT, "the regimen's name, e.g. 7+3"),
        Column("drugs", Kind.DRUGS, "generic names joined by +, e.g. azacitidine+venetoclax"),
        Column("start_date", Kind.DATE, "first day of the treatment"),
        Column("end_date", Kind.DATE, "last day of the treatment; empty while it goes on", known_from="end_date"),
        Column("cycles", Kind.COUNT, "cycles given, once it is over", low=0, high=200, known_from="end_date"),
        Column("venetoclax_mg", Kind.NUMBER, "venetoclax a day", "mg", low=0, high=1200),
        Column(
            "venetoclax_days",
            Kind.COUNT,
            "days of venetoclax in a cycle",
            "days",
            low=0,
            high=366,
            known_from="end_date",
        ),
        Column("intensive", Kind.YESNO, "whether the treatment is intensive"),
        Column("stop_reason", Kind.TEXT, "why it was stopped", known_from="end_date"),
        REPORTED,
        SEQUENCE,
    ),
)

STATUS = Table(
    "status",
    "how the patient was, on a date",
    dated_by="status_date",
    date_required=True,
    columns=(
        PATIENT,
        Column("status_date", Kind.DATE, "date of the assessment"),
        Column("ecog", Kind.COUNT, "ECOG performance status", low=0, high=5),
        Column("fit_for_intensive", Kind.YESNO, "judged fit for intensive treatment"),
        Column("transplant_eligible", Kind.YESNO, "judged eligible for transplant"),
        Column("comorbidities", Kind.TEXT, "comorbidities in words"),
        REPORTED,
        SEQUENCE,
    ),
)

CYCLES = Table(
    "cycles",
    "one row for each cycle of a treatment",
    dated_by="start_date",
    columns=(
        PATIENT,
        Column("line", Kind.COUNT, "line of treatment the cycle belongs to", low=0, high=30),
        Column("cycle", Kind.COUNT, "number of the cycle, 1 the first", low=1, high=200),
        Column("start_date", Kind.DATE, "day 1 of the cycle"),
        Column("end_date", Kind.DATE, "last day of the cycle", known_from="end_date"),
        Column("venetoclax_mg", Kind.NUMBER, "venetoclax a day", "mg", low=0, high=1200),
        Column(
            "venetoclax_days",
            Kind.COUNT,
            "days of venetoclax in the cycle",
            "days",
            low=0,
            high=366,
            known_from="end_date",
        ),
        Column("ramp_up", Kind.YESNO, "whether venetoclax was ramped up"),
        Column("partner_drug", Kind.DRUGS, "what venetoclax was combined with"),
        Column(
            "partner_days",
            Kind.COUNT,
            "days of the partner drug in the cycle",
            "days",
            low=0,
            high=366,
            known_from="end_date",
        ),
        Column("setting", Kind.TEXT, "inpatient or outpatient"),
        Column("g_csf", Kind.YESNO, "whether G-CSF was given", known_from="end_date"),
        Column("azole", Kind.DRUGS, "azole given with the cycle"),
        Column("dose_change_reason", Kind.TEXT, "why the dose was changed", known_from="end_date"),
        Column("red_cell_transfusion", Kind.YESNO, "whether red cells were transfused", known_from="end_date"),
        Column("platelet_transfusion", Kind.YESNO, "whether platelets were transfused", known_from="end_date"),
        REPORTED,
        SEQUENCE,
    ),
)

TRANSPLANTS = Table(
    "transplants",
    "one row for each allogeneic transplant",
    dated_by="transplant_date",
    date_required=True,
    columns=(
        PATIENT,
        Column("transplant_date", Kind.DATE, "day of the graft"),
        Column("number", Kind.COUNT, "first, second ... transplant", low=1, high=10),
        Column("donor", Kind.TEXT, "donor, e.g. matched unrelated"),
        Column("hla_match", Kind.TEXT, "HLA match, e.g. 10/10"),
        Column("conditioning_intensity", Kind.TEXT, "myeloablative, reduced ..."),
        Column("graft_source", Kind.TEXT, "peripheral blood, marrow, cord"),
        Column("remission_before", Kind.TEXT, "remission status before the graft, e.g. CR1"),
        Column(
            "immunosuppression_end_date",
            Kind.DATE,
            "last day of immunosuppression",
            known_from="immunosuppression_end_date",
        ),
        REPORTED,
        SEQUENCE,
    ),
)

RESPONSES = Table(
    "responses",
    "the response that the centre itself recorded",
    dated_by="response_date",
    columns=(
        PATIENT,
        Column("response_date", Kind.DATE, "date of the assessment"),
        Column("reported_response", Kind.WORD, "haematological response as reported", words=Response),
        Column("criteria", Kind.TEXT, "criteria used, e.g. ELN 2022"),
        Column("reported_mrd", Kind.WORD, "molecular state as reported", words=ReportedMRD),
        Column("source", Kind.TEXT, "who judged it, or where it is written"),
        REPORTED,
        SEQUENCE,
    ),
)

EVENTS = Table(
    "events",
    "what happened, or was looked for and not found",
    dated_by="event_date",
    date_required=True,
    columns=(
        PATIENT,
        Column("event_date", Kind.DATE, "date of the event, or of looking for it"),
        Column("kind", Kind.WORD, "what happened", words=EventKind, required=True),
        Column("present", Kind.YESNO, "no: looked for and absent; empty means yes", empty_means="yes"),
        Column("grade", Kind.COUNT, "grade (CTCAE, or the GVHD grade)", low=0, high=5),
        Column("detail", Kind.TEXT, "site, organism, percentage ... in words"),
        Column("end_date", Kind.DATE, "last day of the event", known_from="end_date"),
        REPORTED,
        SEQUENCE,
    ),
)

MEDICATIONS = Table(
    "medications",
    "other medicines: azoles, CYP3A4 inhibitors and inducers ...",
    dated_by="start_date",
    columns=(
        PATIENT,
        Column("drug", Kind.DRUGS, "generic name", required=True),
        Column("start_date", Kind.DATE, "first day"),
        Column("end_date", Kind.DATE, "last day", known_from="end_date"),
        REPORTED,
        SEQUENCE,
    ),
)

REPORTED_OUTCOMES = Table(
    "reported_outcomes",
    "times to an event as a registry reports them when it gives no dates",
    dated_by=None,
    columns=(
        PATIENT,
        Column("endpoint", Kind.WORD, "which endpoint", words=Endpoint, required=True),
        Column("clock_start", Kind.TEXT, "what the time is counted from"),
        Column("time_months", Kind.NUMBER, "time to the event or to last contact", "months", low=0, high=1200),
        Column("event", Kind.YESNO, "whether the event happened"),
        Column("event_kind", Kind.TEXT, "what the event was"),
    ),
)

COMPLETENESS = Table(
    "completeness",
    "for which patients a table holds everything, so that no row means no",
    dated_by=None,
    identity=("patient_id", "table"),
    columns=(
        Column("patient_id", Kind.TEXT, "the patient; empty for everybody", empty_means="everybody"),
        Column("table", Kind.TEXT, "name of the table", required=True),
        Column("complete", Kind.YESNO, "whether the table is complete", required=True),
        Column(
            "from_date",
            Kind.DATE,
            "from when it is complete; empty for from diagnosis",
            empty_means="from diagnosis",
        ),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PATIENTS,
        TREATMENTS,
        STATUS,
        MRD_SAMPLES,
        MARROWS,
        COUNTS,
        VARIANTS,
        GENES_TESTED,
        KARYOTYPES,
        FUSIONS,
        CHEMISTRY,
        CYCLES,
        TRANSPLANTS,
        RESPONSES,
        EVENTS,
        MEDICATIONS,
        REPORTED_OUTCOMES,
        COMPLETENESS,
    )
}
"""Every table, by name, in the order in which a reader would open them."""
