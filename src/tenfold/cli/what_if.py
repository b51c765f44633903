"""The option --if of `tenfold patient`: what changes if something were so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.shared import console_for, stop

if TYPE_CHECKING:
    from tenfold.guidance.trials.eligibility import StructuredTrial
    from tenfold.records import Registry
    from tenfold.settings import Settings
    from tenfold.what_if.compare import WhatIf

IfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--if",
        help="Show what changes if this were so (repeat it for more): 'NPM1 next 350/10^4', 'FLT3-ITD mutated', 'GVHD active'.",
    ),
]


def supposed(
    registry: Registry,
    patient_id: str,
    texts: Sequence[str],
    settings: Settings,
    on: int | None,
    trials: Sequence[StructuredTrial] | None = None,
) -> WhatIf | None:
    """Return what the changes of --if change, None where there are none; stop with what is not understood.

    `trials`: those that are matched before and after, the library's if None.
    """
    from tenfold.what_if.compare import what_if

    if not texts:
        return None
    try:
        return what_if(registry, patient_id, texts, settings, on, trials)
    except (KeyError, ValueError) as error:
        stop(f"--if: {error.args[0]}")


def say_supposed(found: WhatIf | None, console: Any = None) -> None:
    """Print what changes on the terminal, above the page of what is on record."""
    from tenfold.reports.what_if import print_what_if

    if found is not None:
        print_what_if(console or console_for(), found)
