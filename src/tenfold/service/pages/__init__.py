"""The pages, one module each."""

from tenfold.service.pages import (
    administration,
    calculators,
    cohort,
    entry,
    evidence,
    hospital_sign_in,
    imports,
    laboratory,
    meetings,
    patient,
    patients,
    records,
    settings,
    sign_in,
    what_if,
    worklist,
)
from tenfold.service.smart import launch
from tenfold.service.smart import patient as launched_patient

ROUTERS = (
    sign_in.router,
    hospital_sign_in.router,
    patients.router,
    worklist.router,
    meetings.router,
    calculators.router,
    cohort.router,
    evidence.router,
    imports.router,
    laboratory.router,
    settings.router,
    administration.router,
    what_if.router,
    entry.router,
    records.router,
    patient.router,
    launch.router,
    launched_patient.router,
)
"""`patient` stands last: /patients/{key} would take what stands under a word of its own, such as /patients/new."""
