"""Options after an allogeneic transplant: maintenance in remission, and what can be done about a relapse.

Traps: tapering immunosuppression and donor lymphocytes need to know of graft-versus-host disease: active, they are
contraindicated or a specialist's decision; not known, it decides. A second transplant is for a late relapse without
graft-versus-host disease before; the review says "younger" and gives no age, so the age is shown and decides nothing.

Thol, Döhner, Ganser, Blood 2024;143:11-20 (sorafenib, MORPHO, azacitidine maintenance, EBMT registry).
"""

from __future__ import annotations

from typing import Any

from tenfold.guidance.options.standing import EARLY_MONTHS, THOL, Standing, after_transplant, option
from tenfold.logic.criterion import Facts
from tenfold.logic.decision import Rule

GRAFTED = ("overt", "prior_transplant")
IN_REMISSION = ("in_remission", "prior_transplant", "FLT3_ITD_before")

TAPER = option(
    "taper immunosuppression",
    (*GRAFTED, "on_immunosuppression", "gvhd_active"),
    Rule(Standing.NO, lambda m: after_transplant(m) & ~m.on_immunosuppression, "none is taken any more"),
    Rule(Standing.SPECIALIST, lambda m: after_transplant(m) & m.gvhd_active, "graft-versus-host disease is active"),
    Rule(Standing.SECOND, after_transplant, "reduced as rapidly as possible", THOL),
    named="tapering immunosuppression",
)
DONOR_LYMPHOCYTES = option(
    "donor lymphocytes",
    (*GRAFTED, "gvhd_active"),
    Rule(Standing.SPECIALIST, lambda m: after_transplant(m) & m.gvhd_active, "graft-versus-host disease is active"),
    Rule(Standing.THIRD, after_transplant, "whenever possible, also with other treatment; watch for GVHD", THOL),
)
SECOND_TRANSPLANT = option(
    "second allogeneic transplant",
    (*GRAFTED, "months_to_relapse", "gvhd_ever", "transplant_eligible"),
    Rule(
        Standing.NOT_FAVOURED,
        lambda m: after_transplant(m) & (m.months_to_relapse <= EARLY_MONTHS),
        "an early relapse, within 6 months of transplant",
        THOL,
    ),
    Rule(Standing.NOT_FAVOURED, lambda m: after_transplant(m) & m.gvhd_ever, "graft-versus-host disease before", THOL),
    Rule(
        Standing.NAMED,
        lambda m: after_transplant(m) & m.transplant_eligible,
        "for a small fraction: younger, late relapse, no graft-versus-host disease before",
        THOL,
    ),
    named="a second allogeneic transplant",
)


def _grafted(m: Facts) -> Any:
    return m.in_remission & m.prior_transplant


SORAFENIB = option(
    "sorafenib maintenance",
    ("overt", *IN_REMISSION, "long_after_graft", "FLT3_ITD", "transplant_eligible"),
    Rule(
        Standing.FIRST,
        lambda m: _grafted(m) & ~m.long_after_graft & m.FLT3_ITD_before,
        "after transplant for FLT3-ITD: two randomised trials",
        THOL,
    ),
    Rule(
        Standing.LATER,
        lambda m: m.overt & ~m.prior_transplant & m.transplant_eligible & m.FLT3_ITD,
        "to be thought of once a transplant is done",
        THOL,
    ),
)
GILTERITINIB_MAINTENANCE = option(
    "gilteritinib maintenance",
    (*IN_REMISSION, "long_after_graft", "mrd_positive_around_graft"),
    Rule(Standing.NO, lambda m: _grafted(m) & m.long_after_graft, "longer after transplant than the trial lasted"),
    Rule(
        Standing.NAMED,
        lambda m: _grafted(m) & m.FLT3_ITD_before & m.mrd_positive_around_graft,
        "better relapse-free survival where MRD was positive before or after transplant",
        THOL,
    ),
    Rule(
        Standing.NOT_FAVOURED,
        lambda m: _grafted(m) & m.FLT3_ITD_before,
        "no difference where MRD was negative before and after transplant",
        THOL,
    ),
)
AZACITIDINE_MAINTENANCE = option(
    "azacitidine maintenance after transplant",
    ("in_remission", "prior_transplant", "mrd_relapse"),
    Rule(
        Standing.NOT_FAVOURED,
        lambda m: _grafted(m) & ~m.mrd_relapse,
        "relapse-free survival was no better in a randomised trial",
        THOL,
    ),
)

OPTIONS = (
    TAPER,
    DONOR_LYMPHOCYTES,
    SECOND_TRANSPLANT,
    SORAFENIB,
    GILTERITINIB_MAINTENANCE,
    AZACITIDINE_MAINTENANCE,
)
