"""The analysis set: one row a patient with a time to an endpoint and, for each score, group, value and scope at time zero.

From dates, on one clock; whoever is left out is counted with the reason, step by step. Everything about a patient that is
not the outcome is read as known on the patient's own time zero (`known_at_start`), so no curve can be split by a fact of
the future. A model that looks later than time zero can be read as published (its response from the whole course) or from a
landmark: then only those still followed without the event at it count, from it on, grouped by the response known by then.

Traps: scores are comparable only on identical patients, those for whom every one of them is known (`complete`); who has
complete data is not a random sample.

Anderson et al., J Clin Oncol 1983;1:710-719 (landmark).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.asked_scores import Asked, FromFile, asked
from tenfold.cohort.known_at_start import KnownAtStart, as_recorded, index_days, known_at_start, remission_since
from tenfold.cohort.population import value_at_start
from tenfold.cohort.subgroup import members
from tenfold.cohort.unsettled import unsettled
from tenfold.endpoints import EVERY_ENDPOINT, EndpointRule, times
from tenfold.endpoints.custom import SHORT_CLOCKS
from tenfold.endpoints.delayed_entry import never_at_risk
from tenfold.endpoints.doubtful import Doubtful
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.vocabulary import Clock

TIMES = ("patient_id", "time_months", "event", "status", "entry_months")
DATES, REPORTED = "dates", "reported"


@dataclass(frozen=True)
class AnalysisSet:
    """Patients with a time, and their scores.

    `patients`: `patient_id`, `time_months`, `event`, `status` ("event", "competing" or "censored"), `entry_months`, and of
    each score the columns of `asked_scores.asked`. `left_out`: `step`, `why`, `patients`; `open`: `score`, `criterion`,
    `patients` (of how many an unknown criterion leaves the score open). `source`: "dates" or "reported".
    """

    endpoint: str
    meaning: str
    clock: str
    source: str
    subgroup: str | None
    landmark_months: float | None
    patients: pl.DataFrame
    scores: tuple[Asked, ...]
    left_out: pl.DataFrame
    open: pl.DataFrame
    given: int
    notes: tuple[str, ...]
    known: KnownAtStart | None = field(default=None, repr=False, compare=False)

    @property
    def complete(self) -> pl.DataFrame:
        """The patients for whom every score is known: the identical patients on which scores are compared."""
        return self.patients.filter(pl.all_horizontal(_known(score) for score in self.scores))

    @property
    def competing(self) -> bool:
        """Whether an end can compete with the event."""
        return bool((self.patients["status"] == "competing").any())

    @property
    def never_at_risk(self) -> tuple[str, ...]:
        """With delayed entry: how many of those who would have a time never came under observation; a sentence or none."""
        no_time = self.left_out.filter(pl.col("step") == "no time").select("why", "patients").rows()
        missed = sum(patients for why, patients in no_time if never_at_risk(why))
        if not missed:
            return ()
        whole = self.given - sum(patients for _, patients in no_time) + missed
        return (
            f"Delayed entry: of {whole} patients with a time from {self.clock}, {missed} are not known to have come under "
            "observation before it was over. They were not at risk here and count nowhere: the result is of those who entered.",
        )

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Of each model: of how many the answer is one of several groups, which, and what would settle it."""
        return tuple(unsettled(self.scores, self.patients))

    def scope(self, score: Asked) -> dict[str, int]:
        """How many of the identical patients are in the published scope, out of it, and not known to be either."""
        told = self.complete[score.column("in_scope")]
        return {answer: int((told == answer).sum()) for answer in ("yes", "no", "unknown")}


def endpoint_called(name: str) -> EndpointRule:
    """Return the endpoint of a name, however spelt. LookupError names those it may mean."""
    plain = {_plain(key): rule for key, rule in EVERY_ENDPOINT.items()}
    wanted = _plain(name)
    if wanted in plain:
        return plain[wanted]
    if wanted == "response":
        raise LookupError(
            "a response is no time to an event: ask for it in a study file, [[response_model]] (tenfold cohort --study)"
        )
    begun = [key for key in EVERY_ENDPOINT if _plain(key).startswith(wanted)]
    if begun:
        raise LookupError(f"{name} has variants that never compare; say which: {', '.join(begun)}")
    raise LookupError(f"no endpoint is called {name}; there are {', '.join(EVERY_ENDPOINT)}")


def clock_called(name: str) -> Clock:
    """Return the clock of a name. LookupError names those there are."""
    plain = {_plain(clock.value): clock for clock in Clock} | {_plain(k): clock for k, clock in SHORT_CLOCKS.items()}
    if _plain(name) not in plain:
        raise LookupError(f"no clock is called {name}; there are {', '.join(clock.value for clock in Clock)}")
    return plain[_plain(name)]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def times_of(
    assessment: Assessment, rule: EndpointRule, clock: Clock | None = None, *, doubtful: Doubtful = "left out"
) -> pl.DataFrame:
    """Return each patient's time to an endpoint, or why there is none (`endpoints.times`), of an assessment."""
    return times(
        assessment.registry,
        assessment.history,
        assessment.molecular,
        rule,
        clock,
        assessment.settings,
        marrows=assessment.marrows,
        doubtful=doubtful,
    )


def analysis_set(
    assessment: Assessment,
    scores: Sequence[str | FromFile],
    rule: EndpointRule,
    clock: Clock | None = None,
    *,
    subgroup: str | None = None,
    landmark_months: float | None = None,
    known: KnownAtStart | None = None,
    doubtful: Doubtful = "left out",
) -> AnalysisSet:
    """Return the analysis set of an assessment.

    `scores`: names of models or columns, or models from files. `clock`: the endpoint's own if None. Where no patient has a time from
    dates, reported times are used with the picture of all that is on record, and a note says so. With `landmark_months`
    time runs from the landmark. `known` spares reading time zero again: that of another set of the same clock.
    `doubtful`: as for `endpoints.times`. LookupError for a name that means nothing; ValueError for a subgroup that cannot be read,
    a landmark that is not positive, or when nobody is left.
    """
    if landmark_months is not None and not landmark_months > 0:
        raise ValueError(f"a landmark is some months after time zero, not {landmark_months:g}")
    on = rule.clock if clock is None else clock
    rows = times_of(assessment, rule, clock, doubtful=doubtful)
    timed = rows.filter(pl.col("left_out_because").is_null())
    told = _counted("no time", rows.filter(pl.col("left_out_because").is_not_null())["left_out_because"])
    notes = []
    source = DATES if (timed["source"] == DATES).any() or not timed.height else REPORTED
    other = timed.filter(pl.col("source") != source)
    if other.height:
        why = "the time is reported without dates: what was known at its start cannot be told"
        told = pl.concat([told, _count("no time", why, other.height)])
    timed = timed.filter(pl.col("source") == source)
    if not timed.height:
        raise ValueError(f"nobody has a time to {rule.name} from {on.value}{_because(told)}")
    index = index_days(assessment, timed, on)
    if source == DATES:
        known = known_at_start(assessment, index) if known is None else known
    else:
        if landmark_months is not None:
            raise ValueError("times are reported without dates: there is no landmark to start from")
        known = as_recorded(assessment)
        notes.append(
            "Times are reported without dates; scores are read from all that is on record, not from time zero."
        )
    within = None if landmark_months is None else round(landmark_months * DAYS_PER_MONTH)
    known = _with_response(assessment, known, index, within) if source == DATES else known
    wanted, columns = asked(scores, known, str(rule.name))
    frame = timed.select(*TIMES, "clock")
    if subgroup is not None:
        frame, gone = _of_subgroup(frame, subgroup, known, columns, wanted, str(rule.name))
        told = pl.concat([told, gone])
    if landmark_months is not None:
        frame, gone = _from_landmark(frame, landmark_months)
        told = pl.concat([told, gone])
    if not frame.height:
        raise ValueError(f"nobody is left to compare scores on{_because(told)}")
    frame = frame.join(columns, on="patient_id", how="left", maintain_order="left")
    if on == Clock.DIAGNOSIS and source == DATES:
        window = assessment.settings["risk.diagnostic_window"]
        notes.append(
            f"Scores are read as of the first day of treatment where it begins within {window} days of the diagnosis, else "
            "as of the diagnosis."
        )
    lacking = [
        _count("no score", f"{score.name} {why}", frame.filter(~_known(score) & whose).height)
        for score in wanted
        for why, whose in (
            ("is not known", ~_made_for_others(score)),
            ("was made for others: outside its published scope, and not known", _made_for_others(score)),
        )
    ]
    told = pl.concat([told, *(row for row in lacking if row["patients"][0])])
    return AnalysisSet(
        endpoint=str(rule.name),
        meaning=rule.meaning,
        clock=str(frame["clock"][0]) + (f" + {landmark_months:g} months" if landmark_months is not None else ""),
        source=source,
        subgroup=subgroup,
        landmark_months=landmark_months,
        patients=frame.drop("clock"),
        scores=tuple(wanted),
        left_out=told,
        open=_left_open(frame, wanted),
        given=rows.height,
        notes=tuple(notes),
        known=known,
    )


def _with_response(
    assessment: Assessment, known: KnownAtStart, index: pl.DataFrame, within_days: int | None
) -> KnownAtStart:
    """Give the models that ask for it the response after time zero: by the landmark, or of the whole course."""
    reached = remission_since(assessment, index, within_days)
    picture = known.diagnosis.drop("remission_reached").join(
        reached, on="patient_id", how="left", maintain_order="left"
    )
    return replace(known, diagnosis=picture)


def _of_subgroup(
    frame: pl.DataFrame,
    subgroup: str,
    known: KnownAtStart,
    columns: pl.DataFrame,
    wanted: Sequence[Asked],
    endpoint: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    later = {score.key for score in wanted if score.later}
    of_picture = value_at_start(known, endpoint)

    def value(name: str) -> pl.DataFrame:
        for score in wanted:
            if _plain(name) == _plain(score.name) and score.groups:
                if score.key in later:
                    raise ValueError(
                        f"{score.name} looks later than time zero: it cannot choose who is compared from it"
                    )
                return columns.select("patient_id", value=score.column("group"))
        return of_picture(name)

    joined = frame.join(members(subgroup, value), on="patient_id", how="left", maintain_order="left")
    gone = [
        _count("subgroup", f"not in the subgroup {subgroup}", joined.filter(~pl.col("member")).height),
        _count("subgroup", f"not known whether in the subgroup {subgroup}", joined["member"].null_count()),
    ]
    return joined.filter("member").drop("member"), pl.concat([row for row in gone if row["patients"][0]] or [_NOBODY])


def _from_landmark(frame: pl.DataFrame, months: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    past = pl.col("time_months") > months
    before = frame.filter(~past)
    words = {
        "event": "the event came before",
        "competing": "another event came before",
        "censored": "not followed to",
    }
    gone = [
        _count(
            "landmark", f"{said} the landmark of {months:g} months", before.filter(pl.col("status") == status).height
        )
        for status, said in words.items()
    ]
    kept = frame.filter(past).with_columns(
        time_months=pl.col("time_months") - months,
        entry_months=pl.max_horizontal(pl.col("entry_months") - months, pl.lit(0.0)),
    )
    return kept, pl.concat([row for row in gone if row["patients"][0]] or [_NOBODY])


def _known(score: Asked) -> pl.Expr:
    """A score is known where all that it consists of is."""
    parts = [pl.col(score.column("group")).is_not_null()] if score.groups else []
    parts += [pl.col(score.column("score")).is_not_null()] if score.scored else []
    return pl.all_horizontal(parts) if parts else pl.lit(False)


def _made_for_others(score: Asked) -> pl.Expr:
    """Who is known to be outside a score's published scope."""
    return (pl.col(score.column("in_scope")) == "no").fill_null(False)


_NOBODY = pl.DataFrame(schema={"step": pl.String, "why": pl.String, "patients": pl.Int64})


def _count(step: str, why: str, patients: int) -> pl.DataFrame:
    return pl.DataFrame([(step, why, patients)], _NOBODY.schema, orient="row")


def _counted(step: str, why: pl.Series) -> pl.DataFrame:
    counted = why.alias("why").to_frame().group_by("why").agg(patients=pl.len().cast(pl.Int64))
    ordered = counted.sort("patients", "why", descending=[True, False])
    return ordered.select(step=pl.lit(step), why="why", patients="patients")


def _because(told: pl.DataFrame) -> str:
    reasons = "; ".join(f"{row['patients']}: {row['why']}" for row in told.to_dicts())
    return f" ({reasons})" if reasons else ""


def _left_open(frame: pl.DataFrame, scores: Sequence[Asked]) -> pl.DataFrame:
    parts = [
        frame.filter(~_known(score) & ~_made_for_others(score))
        .select(criterion=pl.col(score.column("decided_by")))
        .explode("criterion")
        .drop_nulls()
        .group_by("criterion")
        .agg(patients=pl.len().cast(pl.Int64))
        .sort("patients", "criterion", descending=[True, False])
        .select(score=pl.lit(score.name), criterion="criterion", patients="patients")
        for score in scores
    ]
    return pl.concat(parts)
