"""Models from files beside others: what was made for another endpoint, and what has no order, says so."""

from __future__ import annotations

import pytest

from command_line import tenfold
from model_files import of_one_gene
from scored_registries import scored_registry
from tenfold.assessment import assess
from tenfold.cohort.known_at_start import as_recorded

MODEL = of_one_gene("ward", "present_TP53", endpoint="RFS")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("compared")
    scored_registry(80).write(folder / "centre")
    (folder / "ward.toml").write_text(MODEL)
    words = ("--scores", "ward.toml,patients.sex", "--clock", "venetoclax", "--bootstrap", 0)
    ran = tenfold("compare", "centre", *words, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return " ".join(ran.stdout.split())


def test_a_model_made_for_another_endpoint_is_remarked_on(told: str) -> None:
    assert "ward was made for RFS and is compared on OS." in told


def test_groups_without_an_order_say_why_they_have_no_c(told: str) -> None:
    assert "not measured: patients.sex: concordance and areas: the groups have no order of rising risk" in told


def test_a_slip_in_the_name_of_a_gene_is_answered_with_the_gene() -> None:
    known = as_recorded(assess(scored_registry(3)))
    with pytest.raises(LookupError, match=r"no column is called present\.FTL3; did you mean present\.FLT3\?$"):
        known.value("present.FTL3")
    with pytest.raises(LookupError, match=r"no column is called present\.quite_another; .*TP53"):
        known.value("present.quite_another")
