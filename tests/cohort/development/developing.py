"""Simulated cohorts with planted effects, for the tests of development."""

import numpy as np
import polars as pl

FACTORS = {"EMD": (0.13, 0.90), "HMA": (0.5, 0.64), "NF1": (0.1, 0.94), "SF3B1": (0.15, -0.98)}


def simulated(n=174, seed=3, noise=3, delayed=False):
    rng = np.random.default_rng(seed)
    x = {name: rng.random(n) < share for name, (share, _) in FACTORS.items()}
    total = sum(np.where(x[name], weight, 0.0) for name, (_, weight) in FACTORS.items())
    age = np.round(rng.normal(65, 10, n))
    time = rng.exponential(14 / np.exp(total - 0.3 + 0.01 * (age - 65)))
    censored = rng.uniform(8, 60, n)
    frame = pl.DataFrame(
        {
            "time_months": np.minimum(time, censored) + 0.01,
            "event": time <= censored,
            **x,
            "age_years": age,
            "eln": rng.choice(["favourable", "intermediate", "adverse"], n),
            **{f"noise{k}": rng.random(n) < 0.3 for k in range(noise)},
        }
    )
    if delayed:
        entry = rng.uniform(0, 3, n)
        frame = frame.with_columns(entry_months=pl.Series(entry)).filter(pl.col("entry_months") < pl.col("time_months"))
    return frame
