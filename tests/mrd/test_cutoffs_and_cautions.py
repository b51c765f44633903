"""Published cut-offs, log reductions, cautions and alignment: told as samples of a patient."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import tenfold
from tenfold.mrd.cutoffs import cutoffs
from tenfold.mrd.stream_kinetics import stream_kinetics
from tenfold.records import Registry
from tenfold.settings import DEFAULTS

DIAGNOSED = date(2023, 1, 1)


def on(day: int) -> date:
    return DIAGNOSED + timedelta(days=day)


def sample(day: int, **facts: Any) -> dict[str, Any]:
    return {
        "sample_id": f"s{day}",
        "patient_id": "A",
        "sample_date": on(day),
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "control_gene": "ABL1",
        "control_copies": 50_000,
        "detected": "yes",
        **facts,
    }


def level(day: int, percent: float, **facts: Any) -> dict[str, Any]:
    return sample(day, value=percent, scale="percent_abl1", **facts)


def assessed(samples: list[dict[str, Any]], settings: Any = DEFAULTS, **tables: Any) -> Any:
    known = {
        "patients": [{"patient_id": "A", "diagnosis_date": DIAGNOSED}],
        "responses": [{"patient_id": "A", "response_date": on(30), "reported_response": "CR"}],
        "treatments": [
            {
                "patient_id": "A",
                "intent": "consolidation",
                "drugs": "cytarabine",
                "start_date": on(40),
                "end_date": on(100),
            }
        ],
        "transplants": pl.DataFrame(schema={"patient_id": pl.String, "transplant_date": pl.Date}),
        "events": pl.DataFrame(schema={"patient_id": pl.String, "event_date": pl.Date, "kind": pl.String}),
        "mrd_samples": samples,
        **tables,
    }
    return tenfold.assess(Registry.from_tables(known), settings)


def met(samples: list[dict[str, Any]], name: str) -> list[bool | None]:
    return assessed(samples).cutoffs.filter(pl.col("cutoff") == name)["met"].to_list()


def reduction(samples: list[dict[str, Any]]) -> tuple[float | None, float | None]:
    last = assessed(samples).molecular.filter(pl.col("row") == "sample").row(-1, named=True)
    return last["reduction_low"], last["reduction_high"]


def test_200_per_10_000_is_reached_at_exactly_2_percent_and_not_by_200_per_100_000() -> None:
    assert met([level(200, 2.0)], "kroenke-2011") == [True]
    assert met([level(200, 1.99)], "kroenke-2011") == [False]
    assert met([sample(200, value=200, scale="per_1e4_abl1")], "kroenke-2011") == [True]
    assert met([sample(200, value=200, scale="per_1e5_abl1")], "kroenke-2011") == [False]


def test_a_level_known_only_as_bounds_may_or_may_not_reach_a_cutoff() -> None:
    assert met([sample(200, value=100, qualifier=">", scale="per_1e4_abl1")], "kroenke-2011") == [None]
    assert met([sample(200, value=400, qualifier=">", scale="per_1e4_abl1")], "kroenke-2011") == [True]


def test_a_share_of_the_diagnostic_level_is_never_held_against_a_share_of_abl1() -> None:
    assert met([sample(200, value=14.1, scale="percent_of_diagnosis")], "kroenke-2011") == [None]


def test_blood_has_its_own_cutoffs_and_marrow_its_own() -> None:
    blood = [sample(200, tissue="blood", value=500, scale="per_1e5_abl1")]
    assert met(blood, "dillon-2020-blood") == [False]
    assert met(blood, "dillon-2020-marrow") == []
    assert met([sample(200, value=500, scale="per_1e5_abl1")], "dillon-2020-marrow") == [True]


def test_undetected_lies_below_a_cutoff_only_if_the_sample_could_have_seen_it() -> None:
    assert met([sample(200, detected="no")], "kroenke-2011") == [False]
    assert met([sample(200, detected="no", control_copies=None, adequate="yes")], "kroenke-2011") == [None]


def test_what_is_low_level_must_be_detected() -> None:
    assert met([level(110, 0.1)], "eln-2021-low-level") == [True]
    assert met([sample(110, detected="no")], "eln-2021-low-level") == [False]


def test_every_cutoff_names_one_limit_a_scale_a_tissue_a_time_and_its_source() -> None:
    for cutoff in cutoffs():
        limits = [cutoff.from_, cutoff.above, cutoff.below, cutoff.up_to]
        assert sum(limit is not None for limit in limits) == (cutoff.scale != "detected"), cutoff.name
        assert cutoff.tissues
        assert cutoff.time_point
        assert cutoff.citation
        assert cutoff.in_words


def test_a_reduction_is_measured_from_the_diagnostic_sample_of_the_same_tissue() -> None:
    assert reduction([level(0, 300), level(200, 0.03)]) == pytest.approx((4, 4))
    assert reduction([level(0, 300, tissue="blood"), level(200, 0.03)]) == (None, None)
    assert reduction([sample(200, value=0.01, scale="percent_of_diagnosis")]) == pytest.approx((4, 4))


def test_a_reduction_of_bounds_is_bounds() -> None:
    low, high = reduction([level(0, 300), sample(200, detected="below_quantification")])
    assert low == pytest.approx(math.log10(300 / (100 * 10 / 50_000)))
    assert high == math.inf


def test_what_was_not_detected_fell_at_least_to_one_copy_and_by_nothing_known_without_it() -> None:
    low, high = reduction([level(0, 300), sample(200, detected="no")])
    assert low == pytest.approx(math.log10(300 / (100 / 50_000)))
    assert high == math.inf
    assert reduction([level(0, 300), sample(200, detected="no", control_copies=None, adequate="yes")]) == (None, None)
    by_sensitivity = sample(200, detected="no", control_copies=None, sensitivity=1e-5)
    assert reduction([level(0, 300), by_sensitivity])[0] == pytest.approx(5)


def cautions(**facts: Any) -> set[str]:
    found = assessed([sample(200, **facts)]).cautions
    return {text.split(":")[0] for text in found["caution"].to_list()}


def test_clonal_haematopoiesis_germline_and_lost_clones_are_named_beside_the_sample() -> None:
    ngs = {"method": "ngs", "scale": "percent_vaf", "control_gene": None, "control_copies": None}
    alone = "no clinical decision rests on sequencing alone"
    germline = "an allele frequency near 50 or 100 % in this gene may be germline"
    assert cautions(marker="SRSF2", value=3, **ngs) == {
        "may persist as clonal haematopoiesis in remission",
        alone,
    }
    assert cautions(marker="RUNX1", value=49, **ngs) == {germline, alone}
    assert cautions(marker="RUNX1", value=4, **ngs) == {alone}
    assert cautions(marker="FLT3-ITD", detected="no", **ngs) == {"the clone with FLT3-ITD may have been lost"}
    assert cautions(value=0.1, scale="percent_abl1") == set()


def test_dta_genes_are_refused_with_the_reason() -> None:
    refused = assessed([sample(200, marker="DNMT3A", method="ngs", value=5, scale="percent_vaf")]).refused
    assert "clonal haematopoiesis" in refused["why"][0]


def test_a_patient_without_a_transplant_meets_no_cutoff_of_after_it() -> None:
    times = dict(assessed([level(200, 5)]).cutoffs.select("cutoff", "in_time").iter_rows())
    assert times["shayegi-2013-transplant"] is False
    assert times["dillon-2020-marrow"] is None
    complete = [{"patient_id": None, "table": "transplants", "complete": "no"}]
    unrecorded = assessed([level(200, 5)], completeness=complete).cutoffs
    assert unrecorded.filter(cutoff="shayegi-2013-transplant")["in_time"].to_list() == [None]


# -- laboratories -------------------------------------------------------------------------------------------------------

MOVED = [level(150, 0.05, laboratory="Old"), level(200, 0.6, laboratory="New"), level(215, 0.7, laboratory="New")]


def possible(samples: list[dict[str, Any]], settings: Any = DEFAULTS) -> set[str]:
    return set(assessed(samples, settings).patients["state_possible"][0])


def test_a_change_of_laboratory_leaves_the_rise_open_and_an_alignment_with_a_source_closes_it(tmp_path: Path) -> None:
    assert possible([{**one, "laboratory": "Old"} for one in MOVED]) == {"MRD relapse, confirmed"}
    assert {"MRD detectable", "MRD relapse, confirmed"} <= possible(MOVED)
    file = tmp_path / "centre.toml"
    file.write_text('[[alignment]]\nlaboratory = "Old"\naligned_to = "New"\nfactor = 10\nsource = "ring trial"\n')
    assert possible(MOVED, DEFAULTS.read(file)) == {"MRD detectable"}
    file.write_text('[[alignment]]\nlaboratory = "Old"\naligned_to = "New"\nfactor = 1\nsource = "ring trial"\n')
    assert possible(MOVED, DEFAULTS.read(file)) == {"MRD relapse, confirmed"}


def test_another_assay_in_the_same_laboratory_breaks_the_line_too() -> None:
    assays = [{**one, "laboratory": "Old", "assay": name} for one, name in zip(MOVED, "ABB", strict=True)]
    assert len(possible(assays)) > 1


@pytest.mark.parametrize(
    "entry",
    [
        'laboratory = "Old"\naligned_to = "New"\nfactor = 2\n',
        'laboratory = "Old"\naligned_to = "New"\nfactor = 0\nsource = "x"\n',
        'laboratory = "Old"\naligned_to = "New"\nfactor = 2\nsource = " "\n',
        'laboratory = "Old"\naligned_to = "New"\nfactor = 2\nsource = "x"\nmarkers = "NPM1"\n',
    ],
)
def test_an_alignment_without_a_source_or_a_factor_is_refused(tmp_path: Path, entry: str) -> None:
    file = tmp_path / "centre.toml"
    file.write_text("[[alignment]]\n" + entry)
    with pytest.raises(ValueError, match="alignment"):
        DEFAULTS.read(file)


# -- kinetics -----------------------------------------------------------------------------------------------------------


def test_a_regrowth_is_followed_from_its_last_negative_and_a_treatment_ends_the_stretch() -> None:
    fall_and_rise = [level(110, 0.5), sample(150, detected="no"), level(180, 0.01), level(200, 0.04), level(220, 0.16)]
    found = stream_kinetics(assessed(fall_and_rise).molecular)
    assert found is not None
    assert found.growth.doubling.low < 10 < found.growth.doubling.high
    assert [one.threshold.name for one in found.crossings] == ["low_level_limit", "overt_relapse"]
    treated = assessed(
        fall_and_rise,
        treatments=[{"patient_id": "A", "intent": "pre-emptive", "drugs": "venetoclax", "start_date": on(190)}],
    )
    assert "at least 3 are needed" in stream_kinetics(treated.molecular).growth.reason


def test_without_records_of_treatment_no_line_is_drawn_through_the_samples() -> None:
    rise = [level(180, 0.01), level(200, 0.04), level(220, 0.16)]
    complete = [{"patient_id": None, "table": "treatments", "complete": "no"}]
    found = stream_kinetics(assessed(rise, completeness=complete).molecular)
    assert "treatment" in found.growth.reason


def test_where_nothing_is_detected_now_there_is_no_kinetics() -> None:
    assert stream_kinetics(assessed([level(110, 0.5), sample(150, detected="no")]).molecular) is None


def test_a_rise_is_never_dated_to_a_level_that_it_has_passed() -> None:
    """The low-level limit, 2 %, lies below the last sample, though not below the one before."""
    found = stream_kinetics(assessed([level(180, 0.1), level(200, 0.6), level(220, 3.6)]).molecular)
    assert found is not None
    assert [one.threshold.name for one in found.crossings] == ["overt_relapse"]


def test_a_level_that_falls_has_its_halving_time_and_is_held_against_no_threshold() -> None:
    found = stream_kinetics(assessed([level(180, 8.0), level(200, 2.0), level(220, 0.5)]).molecular)
    assert found is not None
    assert found.growth.doubling is None
    assert found.growth.halving.low < 10 < found.growth.halving.high
    assert found.crossings == ()


def test_nor_is_one_of_which_it_is_not_known_whether_it_rises() -> None:
    found = stream_kinetics(assessed([level(180, 0.10), level(200, 0.11), level(220, 0.10)]).molecular)
    assert found is not None
    assert found.growth.doubling.value is None
    assert found.crossings == ()
