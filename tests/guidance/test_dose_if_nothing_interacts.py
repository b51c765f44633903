"""Where no medicine is recorded, the page still says which dose each source prints if nothing interacts, and that it is an if."""

from __future__ import annotations

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.reports.treatment import treatment_lines


def test_the_dose_of_each_source_stands_before_what_would_change_it() -> None:
    made = registry(
        treatments=[line(-90, "induction", "cytarabine", intensive=True), line(100)],
        responses=[remission(0)],
        mrd_samples=[sample(90, 0.9), sample(150, "neg")],
    )
    lines = [one["text"] for one in treatment_lines(assess(made), "p", lambda text, cite: {"text": text})]
    first = next(text for text in lines if "400 mg" in text)
    assert "only if no medicine interacts and the liver is not severely impaired, which is not known" in first
    assert lines.index(first) < next(at for at, text in enumerate(lines) if "Posaconazole" in text)
