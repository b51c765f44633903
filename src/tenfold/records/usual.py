"""What a blood test hardly ever shows: numbers that are plausible only in another unit than the column's.

Within the limits of a column (`Column.low`, `Column.high`) a number can be; outside these bounds it is worth a second look,
and is kept. The bounds are ours, set so wide that true values of patients with leukaemia lie within: 1.1 is no creatinine in
umol/L and an ordinary one in mg/dL. Traps that no bound can see: haemoglobin of 5.3 may be g/dL or mmol/L, platelets of 15
may be 10^9/L or 10^10/L.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usual:
    """Between which numbers a column's values usually lie, both included (None: no bound), and why there.

    `others`: units that are mistaken for the column's own, with what one of them is in it.
    """

    low: float | None
    high: float | None
    others: Mapping[str, float]
    why: str

    def meant(self, value: float) -> str:
        """What to write if the number is in another unit, as the beginning of a remedy; empty where none would fit."""
        fits = [(unit, value * factor) for unit, factor in self.others.items() if self._holds(value * factor)]
        return " or ".join(f"{number:{'.0f' if number >= 100 else '.3g'}} if it is in {unit}" for unit, number in fits)

    def _holds(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


USUAL: dict[tuple[str, str], Usual] = {
    ("counts", "anc_e9_l"): Usual(
        0,
        50,
        {"/uL": 0.001},
        "500 per microlitre, the threshold of recovery, reads as 500; growth factor alone reaches 50",
    ),
    ("counts", "platelets_e9_l"): Usual(
        0, 2000, {"/uL": 0.001}, "8,000 per microlitre, a nadir, reads as 8,000, which no thrombocytosis reaches"
    ),
    ("counts", "wbc_e9_l"): Usual(
        0, 500, {"/uL": 0.001}, "1,200 per microlitre, an aplasia, reads as 1,200; leukaemias above 500 are very rare"
    ),
    ("counts", "haemoglobin_g_dl"): Usual(
        3, 22, {"mmol/L": 1.6114, "g/L": 0.1}, "transfusion is given far above 3; 22 is beyond any polycythaemia's"
    ),
    ("chemistry", "creatinine_umol_l"): Usual(
        15,
        2000,
        {"mg/dL": 88.40, "mg/L": 8.840},
        "0.5 to 15 in mg/dL is from healthy to dialysis; the least of the 521 in Beat AML is 18.6 umol/L",
    ),
    ("chemistry", "bilirubin_umol_l"): Usual(
        2, 1000, {"mg/dL": 17.104, "mg/L": 1.7104}, "0.2 to 1.2 is normal in mg/dL; 2 umol/L is what assays just see"
    ),
    ("chemistry", "alt_u_l"): Usual(
        3, None, {"ukat/L": 60}, "0.1 to 0.8 is normal in ukat/L; 3 U/L is what assays just see"
    ),
    ("chemistry", "ldh_u_l"): Usual(
        40, None, {"ukat/L": 60}, "2 to 20 is normal to high in ukat/L; below 40 U/L nobody's is, a deficiency apart"
    ),
}
"""By table and column."""

EARLIEST_SAMPLE_DAYS = 60
"""A marrow or a sample for residual disease this long before the diagnosis is worth a second look. Ours: a first sample is
taken within weeks of the diagnosis; a marrow of an earlier disorder is true, and a slip of the month or year is commoner."""
SAMPLED_SINCE_DIAGNOSIS = ("mrd_samples", "marrows")
