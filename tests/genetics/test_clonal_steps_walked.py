"""Clonal evolution against an independent walk over one patient after another."""

from __future__ import annotations

from typing import Any

import polars as pl
from evolving_samples import TREATMENT, found, variants
from hypothesis import given
from hypothesis import strategies as st

from tenfold.genetics.evolution import evolution

CHANGES = {
    "p.R175H": ("TP53", {"hgvs_p": "p.R175H"}),
    "p.Y220C": ("TP53", {"hgvs_p": "p.Y220C"}),
    "p.G12D": ("NRAS", {"hgvs_p": "p.G12D"}),
    "NPM1 type A": ("NPM1", {"hgvs_c": "c.860_863dup"}),
    "FLT3-ITD": ("FLT3", {"kind": "ITD"}),
    "p.D835Y": ("FLT3", {"hgvs_p": "p.D835Y"}),
}
FRACTIONS = (0.02, 0.1, 0.15, 0.3, 0.35, 0.6)
SAMPLES = st.dictionaries(
    st.integers(0, 6).map(lambda k: 30 * k),
    st.tuples(
        st.dictionaries(st.sampled_from(sorted(CHANGES)), st.sampled_from([None, *FRACTIONS])),
        st.sets(st.sampled_from(["TP53", "NRAS", "NPM1", "FLT3"])),
    ),
    max_size=5,
)
PEOPLE = st.dictionaries(st.sampled_from(["a", "b", "c"]), SAMPLES, min_size=1)


def frames(people: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, tests = [], []
    for patient, samples in people.items():
        for day, (seen, genes) in samples.items():
            tests += [{"patient_id": patient, "sample_day": day, "gene": gene} for gene in sorted(genes)]
            for change, vaf in seen.items():
                gene, text = CHANGES[change]
                rows.append({**found(day, gene, vaf=vaf), "patient_id": patient, **text})
    return variants(*rows), pl.DataFrame(tests, {"patient_id": pl.String, "sample_day": pl.Int64, "gene": pl.String})


def walked(samples: dict[int, Any]) -> set[tuple[str, int, int, str]]:
    """What the evolution should say of one patient, change by change, sample by sample."""
    days = sorted(day for day, (seen, genes) in samples.items() if seen or genes)
    steps = set()
    for change, (gene, _) in CHANGES.items():
        if not any(change in samples[day][0] for day in days):
            continue
        last: tuple[int, bool, float | None] | None = None
        for position, day in enumerate(days):
            seen, genes = samples[day]
            if change in seen:
                value = seen[change]
                if last is None:
                    if position:
                        steps.add((change, days[position - 1], day, "not tested then"))
                elif not last[1]:
                    steps.add((change, last[0], day, "gained"))
                elif value is None or last[2] is None:
                    steps.add((change, last[0], day, "persisting"))
                else:
                    small, large = sorted((value, last[2]))
                    moved = round(large - small, 6) >= 0.05 and round(large - 1.5 * small, 6) >= 0
                    direction = "rising" if value > last[2] else "falling"
                    steps.add((change, last[0], day, direction if moved else "stable"))
                last = (day, True, value)
            elif gene in genes:
                if last is not None and last[1]:
                    steps.add((change, last[0], day, "lost"))
                last = (day, False, None)
            elif last is not None and last[1]:
                steps.add((change, last[0], day, "not tested now"))
    return steps


@given(PEOPLE)
def test_every_step_is_the_one_of_a_walk_over_the_samples(people: dict[str, Any]) -> None:
    rows, tests = frames(people)
    steps = evolution(rows, tests)
    said = {tuple(row) for row in steps.select("patient_id", "change", "from_day", "to_day", "what").rows()}
    assert said == {(patient, *step) for patient, samples in people.items() for step in walked(samples)}
    assert steps.height == len(said)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(people: dict[str, Any], random: Any) -> None:
    rows, tests = frames(people)
    drugs = pl.DataFrame(
        [(p, s, None, None, d) for p in people for s, d in ((10, "venetoclax"), (40, "midostaurin"))],
        TREATMENT,
        orient="row",
    )
    mixed = [frame[random.sample(range(frame.height), frame.height)] for frame in (rows, tests, drugs)]
    assert evolution(*mixed).equals(evolution(rows, tests, drugs))


@given(PEOPLE, st.randoms(use_true_random=False))
def test_a_test_not_recorded_or_a_change_not_written_out_never_makes_a_loss(
    people: dict[str, Any], random: Any
) -> None:
    rows, tests = frames(people)
    fewer = tests.filter(pl.Series([random.random() < 0.5 for _ in range(tests.height)], dtype=pl.Boolean))
    blurred = pl.Series([random.random() < 0.5 for _ in range(rows.height)], dtype=pl.Boolean)
    vague = rows.with_columns(
        pl.when(blurred).then(None).otherwise(pl.col(name)).alias(name) for name in ("hgvs_c", "hgvs_p", "kind")
    )
    after = evolution(vague, fewer).filter(what="lost")
    for patient, gene, day in after.select("patient_id", "gene", "to_day").rows():
        seen, genes = people[patient][day]
        earlier = {change for other, (changes, _) in people[patient].items() if other < day for change in changes}
        assert gene in genes
        assert any(CHANGES[change][0] == gene for change in earlier - set(seen))


@given(PEOPLE)
def test_lost_and_gained_always_rest_on_a_test(people: dict[str, Any]) -> None:
    rows, tests = frames(people)
    looked = set(tests.select("patient_id", "gene", "sample_day").rows())
    for step in evolution(rows, tests).to_dicts():
        if step["what"] in ("lost", "gained"):
            day = step["to_day"] if step["what"] == "lost" else step["from_day"]
            assert (step["patient_id"], step["gene"], day) in looked
