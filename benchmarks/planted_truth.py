"""How well the molecular state finds planted relapses: `python benchmarks/planted_truth.py` prints the table of the docs.

Simulated NPM1 in marrow every 3 months for 2 years, each sample repeated after 3 weeks, 50,000 copies of ABL1.
"""

from __future__ import annotations

import time

from tenfold.mrd.planted import Course, adequately_sampled, confirmed, plant

PATIENTS, SEED = 100_000, 20250101

print(
    "| noise, log10 SD | relapses planted and adequately sampled | of these found | series without one | of these called relapse | seconds |"
)
print("| --- | --- | --- | --- | --- | --- |")
for noise in (0.0, 0.1, 0.2, 0.25, 0.3, 0.5):
    began = time.perf_counter()
    planted = plant(PATIENTS, noise=noise, seed=SEED)
    found = confirmed(planted)
    truth = adequately_sampled(planted)
    seconds = time.perf_counter() - began
    sensitivity, false = found[truth].mean(), found[~truth].mean()
    print(
        f"| {noise:g} | {truth.sum():,} | {100 * sensitivity:.2f} % | {(~truth).sum():,} | {100 * false:.2f} % | {seconds:.1f} |"
    )
    stable = planted.course == Course.STABLE_LOW
    if noise:
        print(f"<!-- stable low level called relapse: {100 * found[stable].mean():.2f} % -->")
