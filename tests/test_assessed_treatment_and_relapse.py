"""Treatment, relapse and risk as they are assessed: what a record shows, what it cannot show, and when it was known."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import tenfold
from registries import line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.vocabulary import MolecularState


class TestResponseToTreatment:
    def category(self, *rows: Any, start: int = 100) -> list[Any]:
        made = registry(responses=[remission(0)], treatments=[line(start)], mrd_samples=list(rows))
        return assess(made).responses["jimenez_chillon_response"].to_list()

    def test_a_tenfold_fall_is_a_reduction(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, 0.1)) == ["MRD reduction"]

    def test_just_under_tenfold_is_stable(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, 0.101)) == ["stable MRD"]

    def test_a_sample_of_the_first_day_is_the_value_before_treatment(self) -> None:
        assert self.category(sample(100, 1.0), sample(130, 0.05)) == ["MRD reduction"]

    def test_a_value_from_sixty_one_days_before_is_too_old(self) -> None:
        assert self.category(sample(40, 1.0), sample(130, 0.05)) == ["MRD reduction"]
        assert self.category(sample(39, 1.0), sample(130, 0.05)) == ["not evaluable"]

    def test_negativity_needs_no_value_before(self) -> None:
        assert self.category(sample(130, "neg")) == ["MRD negativity"]

    def test_another_tissue_is_no_value_before(self) -> None:
        assert self.category(sample(90, 1.0, tissue="blood"), sample(130, 0.05)) == ["not evaluable"]

    def test_below_quantification_is_a_reduction_only_if_even_its_bound_is(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, "det")) == ["MRD reduction"]
        assert self.category(sample(90, 0.1), sample(130, "det", control_copies=20_000)) == [None]


@pytest.mark.parametrize("gene", ["NF1", "PTPN11", "FLT3", "TP53", "SF3B1"])
def test_venprs_reads_genes_of_the_present_relapse_only(gene: str) -> None:
    def mutated(day: int, tested: bool = False) -> Any:
        table = "genes_tested" if tested else "variants"
        made = registry(
            responses=[remission(0)],
            events=[{"event_day": 300, "kind": "relapse"}],
            **{table: [{"sample_day": day, "gene": gene}]},
        )
        return assess(made, on=310).risk[gene][0]

    assert mutated(300) is True
    assert mutated(240) is True
    assert mutated(239) is None
    assert mutated(305, tested=True) is False


def test_venprs_is_refused_after_venetoclax_and_in_remission() -> None:
    relapse = [{"event_day": 300, "kind": "relapse"}]
    after_venetoclax = assess(registry(responses=[remission(0)], events=relapse, treatments=[line(-50)]), on=310).risk
    assert after_venetoclax["ven_prs_os_scope"][0] == "no"
    assert after_venetoclax["ven_prs_os_possible"][0].to_list() == []
    in_remission = assess(
        registry(responses=[remission(0)], treatments=[line(-50, "induction", "cytarabine")]), on=10
    ).risk
    assert in_remission["ven_prs_os_scope"][0] == "no"


def test_venprs_of_a_fully_described_relapse_is_exact() -> None:
    genes = [{"sample_day": 300, "gene": gene} for gene in ("NF1", "PTPN11", "FLT3", "TP53", "SF3B1")]
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 300, "kind": "relapse"}],
        treatments=[line(-50, "induction", "cytarabine"), line(320, "salvage")],
        genes_tested=genes,
        variants=[{"sample_day": 300, "gene": "FLT3", "kind": "ITD"}],
    )
    risk = assess(made, on=320).risk.to_dicts()[0]
    assert (risk["ven_prs_os"], str(risk["ven_prs_os_low"]), risk["ven_prs_os_scope"]) == (
        "intermediate",
        "0.49",
        "yes",
    )
    assert (risk["ven_prs_efs"], str(risk["ven_prs_efs_low"])) == ("intermediate", "0.60")


def test_without_a_treatments_table_nobody_is_venetoclax_naive() -> None:
    risk = assess(only(responses=[remission(0)], events=[{"event_day": 300, "kind": "relapse"}]), on=310).risk
    assert risk["prior_venetoclax"][0] is None
    assert risk["ven_prs_os_scope"][0] == "unknown"


def test_an_undated_earlier_treatment_is_not_forgotten_as_of_a_day() -> None:
    published = tenfold.published()
    seen = assess(published, on=0).risk
    before = {row["patient_id"]: row for row in seen.to_dicts()}
    assert before["tiong-06"]["prior_hma"] is True
    assert before["tiong-12"]["prior_venetoclax"] is True
    assert before["tiong-09"]["prior_hma"] is False
    thol = {row["patient_id"]: row for row in assess(published, on=100).risk.to_dicts()}
    assert thol["thol-2"]["prior_venetoclax"] is None


@pytest.mark.parametrize(
    ("drugs", "more", "hma", "venetoclax"),
    [
        ("cytarabine", {}, False, False),
        ("azacitidine", {}, True, False),
        ("azacitidine", {"regimen": "AZA/VEN"}, True, None),
        ("cytarabine", {"regimen": "7+3", "venetoclax_mg": 400}, False, True),
        ("study drug", {}, None, None),
        ("venetoclax+study drug", {}, None, True),
        (None, {"regimen": "x"}, None, None),
    ],
)
def test_only_recognised_drugs_can_say_no(drugs: str | None, more: dict[str, Any], hma: Any, venetoclax: Any) -> None:
    made = tenfold.Registry.from_tables(
        {"treatments": [{"patient_id": "p", "start_day": 0, "intent": "induction", "drugs": drugs, **more}]},
        relative=True,
    )
    [said] = assess(made, on=100).risk.to_dicts()
    assert (said["prior_hma"], said["prior_venetoclax"]) == (hma, venetoclax)


def test_secondary_leukaemia_without_its_earlier_treatment_leaves_hma_open() -> None:
    people = [{"patient_id": "p", "diagnosis_day": -100, "ontogeny": "secondary"}]
    assert assess(registry(patients=people), on=10).risk["prior_hma"][0] is None


def test_the_phase_begins_with_the_first_document_of_the_relapse() -> None:
    made = registry(
        responses=[remission(0), {"response_day": 500, "reported_response": "refractory"}],
        events=[
            {"event_day": 398, "kind": "extramedullary disease", "present": True},
            {"event_day": 400, "kind": "relapse"},
        ],
        genes_tested=[{"sample_day": 401, "gene": "TP53"}],
        marrows=[{"sample_day": 470, "blasts_pct": 45.0}],
    )
    [said] = assess(made, on=510).risk.to_dicts()
    assert (said["extramedullary"], said["TP53"], said["relapsed_or_refractory"]) == (True, False, True)


def test_a_clear_panel_from_remission_does_not_describe_the_relapse() -> None:
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 400, "kind": "relapse"}],
        genes_tested=[{"sample_day": 345, "gene": "TP53"}],
    )
    assert assess(made, on=410).risk["TP53"][0] is None


def test_a_mutation_without_a_date_is_never_overruled_by_a_dated_test() -> None:
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 400, "kind": "relapse"}],
        genes_tested=[{"sample_day": 401, "gene": "TP53"}],
        variants=[{"gene": "TP53"}],
    )
    assert assess(made).risk["TP53"][0] is None


def test_the_card_of_an_earlier_day_holds_nothing_later() -> None:
    from tenfold.reports.card import card

    assessment = assess(tenfold.published(), on=0)
    shown = card(assessment, "tiong-07")
    assert shown["reported"]["outcomes"] == []
    assert "negative" not in str(shown["reported"]["responses"])


def test_a_tested_gene_is_wild_type_only_where_mutations_are_recorded() -> None:
    relapse = {"responses": [remission(0)], "events": [{"event_day": 300, "kind": "relapse"}]}
    tested = [{"sample_day": 300, "gene": "NF1"}]
    assert assess(registry(**relapse, genes_tested=tested), on=310).risk["NF1"][0] is False
    assert assess(only(**relapse, genes_tested=tested), on=310).risk["NF1"][0] is None


@pytest.mark.parametrize("intent", ["conditioning", "salvage", "DLI", "pre-emptive"])
def test_a_negative_sample_after_treatment_refutes_nothing_whatever_the_treatment_is_called(intent: str) -> None:
    rows = [sample(10, "neg"), sample(40, 0.5), sample(70, "neg")]
    made = registry(responses=[remission(0)], treatments=[line(50, intent, "cytarabine")], mrd_samples=rows)
    [last] = assess(made).standing.to_dicts()
    assert (last["state"], last["reason"]) == (
        MolecularState.NEGATIVE,
        "below the assay's threshold in an adequate sample",
    )
    treated = assess(made).molecular.filter(pl.col("row") == "therapy")["state"].to_list()
    assert treated == [MolecularState.RELAPSE_UNCONFIRMED_TREATED]


def test_an_autologous_transplant_is_treatment_and_not_a_new_epoch() -> None:
    rows = [sample(10, "neg"), sample(40, 0.5), sample(70, 0.01)]
    auto = [{"transplant_day": 50, "donor": "autologous"}]
    states = assess(registry(responses=[remission(0)], transplants=auto, mrd_samples=rows)).molecular
    assert states.filter(pl.col("row") == "therapy")["state"].to_list() == [MolecularState.RELAPSE_UNCONFIRMED_TREATED]
    assert states.filter(pl.col("row") == "transplant").height == 0
