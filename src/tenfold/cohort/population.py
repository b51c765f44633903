"""What a population or subgroup may ask of a patient at time zero: a fact of the pictures or tables, or a model's group.

"venprs-os=adverse" is whom the model calls adverse by what was known on each patient's own time zero. Traps: of whom a
missing fact leaves the group open it is not known whether they belong; a model that looks later cannot choose its patients.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from tenfold.catalogue import find
from tenfold.cohort.asked_scores import asked
from tenfold.cohort.known_at_start import KnownAtStart


def value_at_start(known: KnownAtStart, endpoint: str) -> Callable[[str], pl.DataFrame]:
    """Return what gives patient_id and `value` of a column or a model's group (for `subgroup.members`).

    LookupError for a name that means nothing, ValueError for one that means several models or a fact after time zero.
    """

    def value(name: str) -> pl.DataFrame:
        if name.rpartition(".")[2] == "remission_reached":
            raise ValueError("remission_reached is a fact after time zero: compare from a landmark instead")
        if not _is_model(name):
            return known.value(name)
        models, columns = asked([name], known, endpoint)
        if len(models) > 1:
            found = ", ".join(model.name for model in models)
            raise ValueError(f"{name} means {found}: name the model in full, e.g. {models[0].name}")
        [model] = models
        if model.question is not None and model.later:
            raise ValueError(f"{model.name} looks later than time zero: it cannot choose who is compared from it")
        return columns.select("patient_id", value=model.column("group" if model.groups else "score"))

    def _is_model(name: str) -> bool:
        """Whether a model is meant: by its full name, or by any of its names where no column is called so."""
        try:
            questions = find(name)
        except LookupError:
            return False
        if any(question.name.lower() == name.lower() for question in questions):
            return True
        try:
            known.value(name)
        except LookupError:
            return True
        return False

    return value
