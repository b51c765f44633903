"""Random lives of patients for tests: samples, remissions, relapses and treatments, and an end on or after the last of them."""

from __future__ import annotations

from hypothesis import strategies as st

import registries
from endpoint_rows import Row, Tables, day_of, event
from registries import line, remission, sample

levels = st.sampled_from(["neg", "neg", "neg", 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 40.0])
gaps = st.integers(3, 60)
any_steps = st.lists(st.tuples(gaps, levels), max_size=9)
relapsing_steps = st.tuples(
    st.lists(gaps, min_size=9, max_size=9),
    st.sampled_from([["neg", 0.05, 0.5], ["neg", 0.05, 0.1], [0.01, 0.1, 0.5], [0.5, 3.0, 40.0]]),
    st.lists(levels, min_size=3, max_size=6),
).map(lambda drawn: list(zip(drawn[0], [*drawn[1], *drawn[2]], strict=False)))
steps = st.one_of(any_steps, relapsing_steps, relapsing_steps)
mostly_remission = st.sampled_from([[remission(0)], [remission(0)], [remission(0), remission(150)], []])
plain = st.fixed_dictionaries(
    {
        "mrd_samples": steps.map(
            lambda gaps: [
                sample(sum(gap for gap, _ in gaps[: k + 1]), level, name=f"m{k}") for k, (_, level) in enumerate(gaps)
            ]
        ),
        "responses": mostly_remission,
        "treatments": registries.some(
            st.builds(line, st.integers(0, 400), st.sampled_from(["pre-emptive", "pre-emptive", "consolidation"])), 3
        ),
        "events": registries.some(
            st.builds(
                event,
                st.integers(-50, 500).filter(lambda day: day not in (0, 150)),
                st.sampled_from(["relapse", "extramedullary disease", "infection", "infection"]),
                st.sampled_from([True, True, False, None]),
            ),
            2,
        ),
        "marrows": registries.some(
            st.builds(
                lambda day, blasts: {"sample_day": day, "blasts_pct": blasts},
                st.integers(-50, 500).filter(lambda day: day not in (0, 150)),
                st.sampled_from([1.0, 4.0, 5.0, 60.0, None]),
            ),
            2,
        ),
        "counts": registries.some(
            st.builds(lambda day: {"sample_day": day, "haemoglobin_g_dl": 9.0}, st.integers(0, 400)), 2
        ),
        "transplants": registries.some(registries.transplants, 1),
        "variants": st.just([]),
    }
)
fates = st.tuples(
    st.sampled_from(["death in patients", "death in events", "contact", "nothing"]), st.integers(0, 90), st.booleans()
)


def lived(tables: Tables, fate: tuple[str, int, bool]) -> Tables:
    """Give a patient an end on or after the last fact."""
    how, later, contact_too = fate
    last = max((day_of(r) for rows in tables.values() for r in rows), default=0)
    person: Row = {"patient_id": "p", "diagnosis_day": -100, "age_years": 60}
    made = {**tables, "events": list(tables["events"]), "patients": [person]}
    if how == "death in patients":
        person["death_day"] = last + later
    if how == "death in events":
        made["events"].append(event(last + later, "death"))
    if how == "contact" or (contact_too and how == "death in patients"):
        person["last_contact_day"] = last + (later if how == "contact" else 0)
    return made


lives = st.tuples(plain, fates).map(lambda pair: lived(*pair))
several = st.lists(lives, min_size=25, max_size=25)


def cohort(many: list[Tables]) -> Tables:
    """Many patients p0, p1 ... of one registry."""
    combined: Tables = {}
    for number, tables in enumerate(many):
        for name, rows in renamed(tables, f"p{number}").items():
            combined.setdefault(name, []).extend(rows)
    return combined


def renamed(tables: Tables, who: str) -> Tables:
    return {
        name: [
            {**r, "patient_id": who} | ({"sample_id": f"{who}-{r['sample_id']}"} if "sample_id" in r else {})
            for r in rows
        ]
        for name, rows in tables.items()
    }


anything = st.tuples(registries.tables, fates).map(lambda pair: lived(*pair))


def moved(tables: Tables, by: int) -> Tables:
    return {
        name: [{k: v + by if k.endswith("_day") and v is not None else v for k, v in r.items()} for r in rows]
        for name, rows in tables.items()
    }
