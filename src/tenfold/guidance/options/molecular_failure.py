"""Options at molecular failure: transplant from 200 NPM1 per 10^4 ABL1 on, and treatment before overt relapse.

Traps: 200 is copies per 10^4 ABL1 (2 % of ABL1), not per 10^5, and holds for NPM1 after the end of treatment; the data say
"200 or more" and the rule "exceed 200": the setting says which counts; no therapy is approved for molecular relapse, so
the treatments of Table 2 are not ranked; persistence below 2 % alone is watched.

Thol, Döhner, Ganser, Blood 2024;143:11-20; Krönke et al., J Clin Oncol 2011;29:2709-2716.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl

from tenfold.guidance.options.standing import CONFIRMING, MOLECULAR, THOL, Standing, failing, option, unconfirmed
from tenfold.guidance.trigger import inclusive, stands
from tenfold.logic.criterion import Criterion, Facts
from tenfold.logic.decision import Decision, Input, Rule
from tenfold.settings import DEFAULTS, Settings

KRONKE = "Krönke et al., J Clin Oncol 2011;29:2709-2716, as Thol et al. cite it"
LEVEL = (
    Input("npm1_per_1e4_low", "NPM1 copies per 10^4 ABL1, at least", "number", "copies per 10^4 ABL1", 0, 1e9),
    Input("npm1_per_1e4_high", "NPM1 copies per 10^4 ABL1, at most", "number", "copies per 10^4 ABL1", 0, 1e9),
)


def _reached(trigger: float, counts: bool) -> Criterion:
    surely, possibly = (stands(pl.col(f"npm1_per_1e4_{bound}"), trigger, counts) for bound in ("low", "high"))
    said = f"{'At least' if counts else 'More than'} {trigger:g} NPM1 per 10^4 ABL1 after treatment"
    return Criterion(
        "npm1_at_trigger",
        said,
        pl.when(surely).then(True).when(~possibly).then(False),
        value="npm1_per_1e4_low",
        unit="per 10^4 ABL1",
        citation=KRONKE,
    )


@cache
def _transplant(trigger: float, counts: bool) -> Decision:
    facts = (
        *MOLECULAR,
        "npm1_followed",
        "level_confirmed",
        "transplant_eligible",
        "prior_transplant",
        "transplanted_since",
    )
    asked = option(
        "allogeneic transplant",
        facts,
        Rule(
            Standing.NO,
            lambda m: m.prior_transplant | m.transplanted_since | ~m.transplant_eligible,
            "for eligible patients, before a first one",
        ),
        Rule(
            Standing.FIRST,
            lambda m: m.overt,
            "the highest priority for every eligible patient with relapsed or refractory AML",
            THOL,
        ),
        Rule(
            Standing.FIRST,
            lambda m: failing(m) & m.npm1_followed & m.npm1_at_trigger & m.level_confirmed,
            "recommended when NPM1 stands above 200 per 10^4 ABL1 and is confirmed",
            THOL,
        ),
        Rule(
            Standing.ONCE_CONFIRMED,
            lambda m: failing(m) & m.npm1_followed & m.npm1_at_trigger,
            "above 200 per 10^4 ABL1, still to be confirmed",
            THOL,
        ),
        Rule(Standing.NOT_YET, lambda m: failing(m) & m.npm1_followed, "below 200 per 10^4 ABL1", THOL),
        Rule(Standing.SECOND, failing, "a donor is sought at once; no threshold is printed for this marker", THOL),
    )
    level = _reached(trigger, counts)
    return replace(asked, inputs=(*asked.inputs, *LEVEL), criteria=(*asked.criteria, level))


def transplant(settings: Settings = DEFAULTS) -> Decision:
    """Return the question of a first allogeneic transplant, with the centre's reading of the trigger."""
    return _transplant(float(settings["guidance.transplant_trigger"]), inclusive(settings))


TRANSPLANT = transplant()


ON_VENETOCLAX = (
    Rule(Standing.NOT_FAVOURED, lambda m: failing(m) & m.venetoclax_now, "venetoclax is being given: it came on it"),
)


def preemptive(name: str, named: str, wording: str, *needs: str, venetoclax: bool = False) -> Decision:
    """Return the option of a treatment at molecular failure, for patients of whom the facts `needs` hold."""

    def given(m: Facts) -> Any:
        asked = failing(m)
        for fact in needs:
            asked = asked & getattr(m, fact)
        return asked

    def once(m: Facts) -> Any:
        # What one tissue confirmed is confirmed: another that suspects it has nothing to wait for.
        return given(m) & ((m.confirmation_open & ~m.mrd_relapse_confirmed) | unconfirmed(m))

    return option(
        name,
        (
            *MOLECULAR,
            "confirmation_open",
            "mrd_relapse_confirmed",
            *CONFIRMING,
            *needs,
            *(("venetoclax_now",) if venetoclax else ()),
        ),
        *(ON_VENETOCLAX if venetoclax else ()),
        Rule(Standing.ONCE_CONFIRMED, once, "still to be confirmed", THOL),
        Rule(Standing.SECOND, given, wording, f"{THOL}, Table 2"),
        named=named,
    )


VENETOCLAX = preemptive(
    "pre-emptive venetoclax",
    "venetoclax with azacitidine or low-dose cytarabine before overt relapse",
    "tried in molecular failure; no therapy is approved for it and none ranked",
    venetoclax=True,
)
AZACITIDINE = preemptive(
    "pre-emptive azacitidine",
    "azacitidine before overt relapse",
    "tried in molecular failure; no therapy is approved for it and none ranked",
)
CHEMOTHERAPY = preemptive(
    "pre-emptive chemotherapy",
    "intensive chemotherapy before overt relapse",
    "tried in molecular failure of fit patients; none ranked",
    "fit_for_intensive",
)
FLT3_INHIBITOR = preemptive(
    "pre-emptive FLT3 inhibitor",
    "a FLT3 inhibitor before overt relapse",
    "tried in molecular failure with FLT3 mutated at diagnosis; none ranked",
    "FLT3_at_diagnosis",
)

OPTIONS = (TRANSPLANT, VENETOCLAX, AZACITIDINE, CHEMOTHERAPY, FLT3_INHIBITOR)
