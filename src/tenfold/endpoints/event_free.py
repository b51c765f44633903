"""Whether a treatment brought remission by its landmark, and if not, when it failed: what EFS counts from ELN's words.

A remission counts if it is documented after the first dose, by the landmark, before refractory disease is and before
another line is begun. Failure is refractory disease (as reported, or ELN 2022's reading of a first treatment), or no
remission by the landmark in a patient who was assessed. Traps: a patient alive at the landmark whom nobody assessed has not
failed; a death up to the landmark without remission counts like a failure; a patient not yet at the landmark is open.

Döhner et al., Blood 2022;140:1345-1377, Table 9. The table does not say what becomes of a patient who dies later than the
landmark without ever having been assessed: with failure at day 1 such a patient is left out.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.derived import response_assessments
from tenfold.records.registry import Registry
from tenfold.records.therapy import antileukaemic
from tenfold.records.timeline import FAR, exact_day, known_on, placed
from tenfold.response.course import IN_REMISSION, marrow_responses
from tenfold.response.eln2022 import REFRACTORY, response_decision
from tenfold.response.refractory_course import refractory
from tenfold.settings import Settings
from tenfold.vocabulary import Happening, Intent, Response

ANOTHER_ATTEMPT = (Intent.SALVAGE, Intent.BRIDGE, Intent.PALLIATIVE)
FAILURE, DEATH = Happening.TREATMENT_FAILURE.value, Happening.DEATH.value


def treatment_outcomes(
    registry: Registry,
    history: pl.DataFrame,
    start: pl.DataFrame,
    rule: EndpointRule,
    settings: Settings,
    marrows: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return patient_id, `remission_order`, `failed_kind`, `failed_day`, `outcome_open`; a row per patient who starts.

    `remission_order`: of who reached remission by the landmark. `failed_kind`: "treatment failure" or "death", with
    `failed_day` as the rule counts it. `outcome_open`: why neither can be told. All null: not failed so far. `marrows` is
    the result of `response.course.marrow_responses`, where it is at hand.
    """
    marrows = marrow_responses(registry, settings) if marrows is None else marrows
    frame = _begun(registry, start)
    parts = [
        _remissions(history, frame),
        _other_line(registry, frame),
        _refractory(registry, history, frame, marrows, settings),
        _perhaps(frame, marrows, settings, rule.landmark_days),
        _assessed(registry, history, frame),
        _ends_of_life(history),
    ]
    for part in parts:
        frame = frame.join(part, on="patient_id", how="left", maintain_order="left")
    frame = _judged(frame.with_columns(landmark=pl.col("begun_day") + rule.landmark_days))
    return _told(frame, rule)


def _begun(registry: Registry, start: pl.DataFrame) -> pl.DataFrame:
    """The first treatment against the leukaemia from the start on."""
    started = start.filter(pl.col("start_order").is_not_null()).select("patient_id", "start_order", "start_day")
    lines = antileukaemic(registry).filter(pl.col("order").is_not_null())
    first = (
        lines.join(started, on="patient_id")
        .filter(pl.col("order") >= pl.col("start_order"))
        .sort("patient_id", "order", "line", "intent", nulls_last=True)
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", begun_order="order", begun_day=exact_day(), begun_line="line", begun_intent="intent")
    )
    ever = lines.group_by("patient_id").agg(first_ever=pl.col("order").min())
    frame = started.join(first, on="patient_id", how="left", maintain_order="left")
    frame = frame.join(ever, on="patient_id", how="left", maintain_order="left").with_columns(earliest_day="start_day")
    for table in ("treatments", "responses"):
        frame = known_on(registry, frame, table, f"{table}_recorded")
    return frame.drop("earliest_day")


def _after_the_first_dose(rows: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    return rows.join(frame.select("patient_id", "begun_order"), on="patient_id").filter(
        pl.col("order") > pl.col("begun_order")
    )


def _remissions(history: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The first remission and relapse after the first dose, and what the patient was in at it."""
    turns = history.filter(pl.col("kind").is_in([Happening.REMISSION.value, Happening.RELAPSE.value]))
    later = _after_the_first_dose(turns, frame)
    remission = (
        later.filter(pl.col("kind") == Happening.REMISSION)
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", remission_order="order", remission_low="earliest_day", remission_high="latest_day")
    )
    relapse = (
        later.filter(pl.col("kind") == Happening.RELAPSE)
        .group_by("patient_id")
        .agg(relapse_order=pl.col("order").min())
    )
    before = turns.join(frame.select("patient_id", "begun_order"), on="patient_id").filter(
        pl.col("order") <= pl.col("begun_order")
    )
    stood = before.group_by("patient_id", maintain_order=True).agg(stood=pl.col("kind").last())
    found = frame.select("patient_id")
    for part in (remission, relapse, stood):
        found = found.join(part, on="patient_id", how="left", maintain_order="left")
    return found


def _other_line(registry: Registry, frame: pl.DataFrame) -> pl.DataFrame:
    """Where another attempt at remission began: a salvage, bridging or palliative line that is not the first one's."""
    lines = placed(registry, "treatments").filter(pl.col("intent").is_in(ANOTHER_ATTEMPT).fill_null(False))
    mine = frame.select("patient_id", "begun_order", "begun_line", "begun_intent")
    both = pl.col("line").is_not_null() & pl.col("begun_line").is_not_null()
    another = (
        pl.when(both)
        .then(pl.col("line") != pl.col("begun_line"))
        .otherwise(pl.col("intent").ne_missing(pl.col("begun_intent")))
    )
    later = lines.join(mine, on="patient_id").filter((pl.col("order") > pl.col("begun_order")) & another)
    return later.group_by("patient_id").agg(other_order=pl.col("order").min())


def _refractory(
    registry: Registry, history: pl.DataFrame, frame: pl.DataFrame, marrows: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Where refractory disease is first documented after the first dose."""
    place = ("patient_id", "order", "earliest_day", "latest_day")
    reported = placed(registry, "responses").filter(pl.col("reported_response") == Response.REFRACTORY).select(*place)
    turns = history.filter(pl.col("kind") == Happening.REMISSION).select("patient_id", "order", "kind")
    judged = refractory(registry, turns, marrows, response_decision(settings["response.cri_reading"]))
    # The reading counts courses from the very first: it speaks of a first treatment only.
    first = frame.filter(pl.col("begun_order") == pl.col("first_ever")).select("patient_id")
    derived = (
        judged.filter(pl.col(REFRACTORY.key) == Response.REFRACTORY)
        .select(*place)
        .join(first, on="patient_id", how="semi")
    )
    rows = _after_the_first_dose(pl.concat([reported, derived], how="vertical_relaxed"), frame)
    first_row = rows.sort("patient_id", "order", "earliest_day").group_by("patient_id", maintain_order=True).first()
    return first_row.select("patient_id", refractory_order="order", refractory_day=exact_day())


def _perhaps(frame: pl.DataFrame, marrows: pl.DataFrame, settings: Settings, landmark_days: int) -> pl.DataFrame:
    """The first marrow after the first dose, by the landmark, that may or may not show a remission."""
    possible = pl.col(f"{response_decision(settings['response.cri_reading']).key}_possible")
    remission = possible.list.eval(pl.element().is_in(IN_REMISSION))
    unsure = marrows.filter(pl.col("order").is_not_null() & remission.list.any() & ~remission.list.all())
    rows = unsure.join(frame.select("patient_id", "begun_order", "begun_day"), on="patient_id").filter(
        (pl.col("order") > pl.col("begun_order"))
        & (pl.col("earliest_day") <= pl.col("begun_day") + landmark_days).fill_null(True)
    )
    return rows.group_by("patient_id").agg(perhaps_order=pl.col("order").min())


def _assessed(registry: Registry, history: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    rows = _after_the_first_dose(response_assessments(registry, history), frame)
    return rows.select("patient_id", assessed=pl.lit(True)).unique()


def _ends_of_life(history: pl.DataFrame) -> pl.DataFrame:
    """Bounds of the death, and the last day on which the patient is known to have been alive."""
    death = (
        history.filter(pl.col("kind") == Happening.DEATH)
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", death_low="earliest_day", death_high="latest_day", death_day=exact_day())
    )
    alive = (
        history.filter((pl.col("kind") != Happening.DEATH) & (pl.col("earliest_day") > -FAR))
        .group_by("patient_id")
        .agg(alive_on=pl.col("earliest_day").max())
    )
    return alive.join(death, on="patient_id", how="full", coalesce=True)


def _judged(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what each rule reads: reached, late, refractory, dead by the landmark, past the landmark."""
    ahead = pl.min_horizontal("other_order", "refractory_order")
    in_time = pl.col("remission_high") <= pl.col("landmark")
    first = pl.col("remission_order").is_not_null() & (pl.col("remission_order") < ahead).fill_null(True)
    refractory_in_time = pl.col("refractory_order").is_not_null() & (
        pl.col("refractory_day") <= pl.col("landmark")
    ).fill_null(True)
    return frame.with_columns(
        assessed=pl.col("assessed").fill_null(False),
        reached=(first & in_time).fill_null(False),
        straddles=(first & (pl.col("remission_low") <= pl.col("landmark")) & ~in_time).fill_null(False),
        refractory=refractory_in_time,
        died_by=(pl.col("death_high") <= pl.col("landmark")).fill_null(False),
        died_perhaps_by=(
            (pl.col("death_low") <= pl.col("landmark")) & (pl.col("death_high") > pl.col("landmark"))
        ).fill_null(False),
        past=((pl.col("alive_on") >= pl.col("landmark")) | (pl.col("death_low") > pl.col("landmark"))).fill_null(False),
    )


def _told(frame: pl.DataFrame, rule: EndpointRule) -> pl.DataFrame:
    at_day_one = rule.failure == "day 1"
    failed = ~pl.col("reached") & (pl.col("refractory") | (pl.col("past") & pl.col("assessed")))
    dead = ~pl.col("reached") & ~failed & pl.col("died_by")
    unassessed_death = ~pl.col("reached") & pl.col("past") & ~pl.col("assessed") & pl.col("death_low").is_not_null()
    # Of a patient treated in relapse, diseased marrows up to the remission are that relapse and no other.
    in_relapse = pl.col("stood").eq_missing(pl.lit(Happening.RELAPSE.value))
    relapse_first = (
        ~in_relapse
        & pl.col("relapse_order").is_not_null()
        & (pl.col("relapse_order") <= pl.col("remission_order")).fill_null(True)
    )
    reasons = [
        (~pl.col("treatments_recorded"), "treatments are not recorded completely from then on"),
        (pl.col("begun_order").is_null(), "no treatment was begun that could fail"),
        (pl.col("begun_day").is_null(), "the day on which treatment was begun is not known"),
        (
            pl.col("stood").eq_missing(pl.lit(Happening.REMISSION.value)),
            "in remission already when treatment was begun: there is no response to fail",
        ),
        (relapse_first, "a relapse is recorded without a remission before it"),
        (pl.col("straddles"), "it cannot be told whether the remission came by the landmark"),
        (
            ~pl.col("reached") & ~pl.col("responses_recorded") & ~pl.col("refractory"),
            "remissions are not recorded completely from then on",
        ),
        (
            ~pl.col("reached") & pl.col("perhaps_order").is_not_null() & ~pl.col("refractory"),
            "a marrow may or may not show a remission",
        ),
        (~pl.col("reached") & pl.col("died_perhaps_by"), "it cannot be told whether the death came by the landmark"),
    ]
    if at_day_one:
        reasons.append((unassessed_death, "died later than the landmark and was never assessed for response"))
    documented = pl.when("refractory").then("refractory_day").otherwise("landmark")
    day = pl.when(failed).then(documented).when(dead).then("death_day")
    return frame.select(
        "patient_id",
        remission_order=pl.when("reached").then("remission_order"),
        failed_kind=pl.when(failed).then(pl.lit(FAILURE)).when(dead).then(pl.lit(DEATH)),
        failed_day=pl.when(failed | dead).then("start_day") if at_day_one else day,
        outcome_open=pl.coalesce(pl.when(given.fill_null(False)).then(pl.lit(text)) for given, text in reasons),
    )
