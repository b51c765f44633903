"""The pages, one module each."""

from tenfold.service.pages import (
    administration,
    calculators,
    entry,
    evidence,
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

ROUTERS = (
    sign_in.router,
    patients.router,
    worklist.router,
    meetings.router,
    calculators.router,
    evidence.router,
    imports.router,
    laboratory.router,
    settings.router,
    administration.router,
    what_if.router,
    entry.router,
    records.router,
    patient.router,
)
"""`patient` stands last: /patients/{key} would take what stands under a word of its own, such as /patients/new."""
