"""What to keep in mind when reading a marker: clonal haematopoiesis, germline variants, lost markers, background, sequencing
alone.

Nothing here changes a state; each caution stands beside the sample it concerns, with its source.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.levels import ABL1, CD45, VAF
from tenfold.mrd.markers import MARKERS, has_background
from tenfold.mrd.samples import counts
from tenfold.vocabulary import Method, MolecularState

THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20"
BACKGROUND = "ELN's standardised method (review: J Clin Med 2022;11:3306; the original not read)"
GERMLINE_VAF_PCT = ((40.0, 60.0), (90.0, 100.0))
"""Allele frequencies near a half or the whole, at which a variant may be germline (our reading of 'about 50 %')."""

SCHEMA = {"patient_id": pl.String, "sample_id": pl.String, "caution": pl.String, "citation": pl.String}


def cautions(molecular: pl.DataFrame) -> pl.DataFrame:
    """Return `patient_id`, `sample_id`, `caution`, `citation` for the samples of molecular states, in their order."""
    samples = molecular.filter(counts()).with_row_index("at")
    positive, negative = pl.col("detected_code") == YES, pl.col("detected_code") == NO
    level = pl.col("value")
    in_range = [(level >= low) & (level <= high) for low, high in GERMLINE_VAF_PCT]
    germline = pl.col("marker").is_in([name for name, rule in MARKERS.items() if rule.germline])
    said = [
        *(
            ((pl.col("marker") == name) & positive, rule.caution, rule.citation)
            for name, rule in MARKERS.items()
            if rule.caution
        ),
        (
            germline & (pl.col("family") == VAF) & pl.any_horizontal(in_range),
            "an allele frequency near 50 or 100 % in this gene may be germline: compare with a germline sample",
            "Heuser et al., Blood 2021;138:2753-2767 (frequency range: Tenfold's reading)",
        ),
        (
            negative & (level > 0) & pl.col("family").is_in([VAF, CD45]),
            "something was seen below the share from which the method is called positive: negative by that share only",
            "ELN 2021 (the share is not verified here); ELN 2025 asks for more sensitive sequencing of FLT3-ITD",
        ),
        (
            has_background() & negative & (level > 0) & (pl.col("family") == ABL1),
            "detected, but within what normal tissue expresses (settings: mrd.wt1_background_marrow, mrd.wt1_background_blood): "
            "negative by that only",
            BACKGROUND,
        ),
        (
            has_background() & (pl.col("detected_code") == UNKNOWN),
            "normal marrow and blood express this marker: whether the level is above their background is not known",
            BACKGROUND,
        ),
        (
            (pl.col("marker") == "FLT3-ITD") & negative,
            "the clone with FLT3-ITD may have been lost: its absence is not MRD negativity",
            THOL,
        ),
        (
            (pl.col("method") == Method.NGS) & positive,
            "no clinical decision rests on sequencing alone",
            THOL,
        ),
        (
            negative & (pl.col("state") == MolecularState.OUTSIDE_REMISSION) & (pl.col("at_diagnosis") == NO),
            "negative outside remission: the marker may have been lost at relapse; morphology decides",
            "FILO venetoclax-azacitidine series, 2025 (one patient lost NPM1 at relapse)",
        ),
    ]
    words = pl.DataFrame(
        [(str(place), caution, citation) for place, (_, caution, citation) in enumerate(said)],
        {"place": pl.String, "caution": pl.String, "citation": pl.String},
        orient="row",
    )
    of_sample = ["at", "patient_id", "sample_id"]
    told = samples.select(*of_sample, *(when.alias(str(place)) for place, (when, _, _) in enumerate(said)))
    found = told.unpivot(index=of_sample, variable_name="place", value_name="so").filter("so")
    return found.join(words, on="place").sort("at", "caution").select(*SCHEMA)
