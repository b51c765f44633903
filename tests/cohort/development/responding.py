"""Simulated patients of whom some respond, with planted effects, for the tests of response development."""

import numpy as np
import polars as pl

EFFECTS = {"TP53": (0.25, -1.3), "NPM1": (0.25, 1.4)}


def responding(n=300, seed=3, *, noise=2, empty=False, unknown=0):
    """`empty`: nobody with PTPN11 responds; of the first `unknown` patients TP53 is not known."""
    rng = np.random.default_rng(seed)
    x = {name: rng.random(n) < share for name, (share, _) in EFFECTS.items()}
    age = np.round(rng.normal(70, 8, n))
    odds = -0.1 - 0.03 * (age - 70) + sum(np.where(x[name], b, 0.0) for name, (_, b) in EFFECTS.items())
    response = rng.random(n) < 1 / (1 + np.exp(-odds))
    ptpn11 = rng.random(n) < 0.08
    frame = pl.DataFrame(
        {
            "response": response & ~(ptpn11 & empty),
            **x,
            "age_years": age,
            "eln": rng.choice(["favourable", "intermediate", "adverse"], n),
            "PTPN11": ptpn11,
            **{f"noise{k}": rng.random(n) < 0.3 for k in range(noise)},
        }
    )
    return frame.with_columns(TP53=pl.when(pl.int_range(n) < unknown).then(None).otherwise("TP53"))
