"""The names in a study file that mean nothing in the records, found before the work begins and not after it.

One patient shows which columns there are, so that a name is tried in no time. Traps: what only the patients can tell (a column
of too many words, a fact that nobody has) is found when it is asked of them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from tenfold.assessment import assess
from tenfold.cohort.asked_scores import asked
from tenfold.cohort.known_at_start import KnownAtStart, SeveralPlaces, as_recorded
from tenfold.cohort.population import value_at_start
from tenfold.cohort.study.file import LATER, Study
from tenfold.cohort.subgroup import OPERATORS, conditions
from tenfold.records.registry import Registry


def meaningless_names(study: Study, registry: Registry) -> list[str]:
    """Every group, covariate, score and population of a study that no column or model is called, in words, each once."""
    first = registry.patient_ids()["patient_id"].head(1)
    if first.is_empty():
        return []
    known = as_recorded(assess(registry.select(first)))
    endpoint = str(study.endpoints[0].rule.name)
    tried = ((where, _fault(name, known, endpoint)) for where, name in _named(study) if name not in LATER)
    return list(dict.fromkeys(f"{where}: {fault}" for where, fault in tried if fault))


def _named(study: Study) -> Iterator[tuple[str, str]]:
    """Where each name stands, and the name."""
    if study.population is not None:
        yield "population", study.population
    if study.describe_by is not None:
        yield "describe_by", study.describe_by
    further = study.further
    grouped = (study.groups, further.trends, further.landmarks)
    yield from (("[[groups]]", one.by) for rows in grouped for one in rows)
    yield from (("[[cox]]", name) for one in study.cox for name in (*one.covariates, *one.strata))
    yield from (("[[scores]]", name) for one in study.scores for name in one.compare)
    yield from (("[[fine_gray]]", name) for one in further.fine_gray for name in one.covariates)
    yield from (("[[response_model]]", name) for one in further.responses for name in one.covariates)
    yield from (("[[subgroups]]", name) for one in further.subgroups for name in (one.effect, *one.by, *one.adjust))
    if study.external is not None:
        yield from (("[external]", name) for name in study.external.covariates)


def _fault(name: str, known: KnownAtStart, endpoint: str) -> str | None:
    """What is wrong with a name, or with the columns of conditions; null where it means something."""
    try:
        if any(operator in name for operator in OPERATORS):
            value = value_at_start(known, endpoint)
            for condition in conditions(name):
                value(condition.column)
        else:
            asked([name], known, endpoint)
    except (SeveralPlaces, ValueError):
        return None  # what one patient's values say is not held against the name
    except LookupError as error:
        return str(error.args[0])
    return None
