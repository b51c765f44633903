"""Five models in 200 random splits of 100 and 74 patients, areas and calibration at 10 months, against peers on this machine.

`python benchmarks/random_splits.py [PEERS_PYTHON]`: the interpreter in which lifelines and scikit-survival are installed. R
is used where `Rscript` finds riskRegression. A peer that is absent is named and left out. Peers do less than we do: one
area (by inverse probability; lifelines none) and calibration by group; none has the nearest-neighbour area.

The models are of the shape of the VEN-PRS paper's comparison: seven covariates, their score alone, two scores of three groups
as factors, and three covariates.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tenfold.cohort.random_splits import random_splits
from tenfold.cohort.resampling import random_subsets

SPLITS, PATIENTS, TRAINING, SEED, HORIZON = 200, 174, 100, 20250101, 10.0
MODELS = ((0, 1, 2, 3, 4, 5, 6), (7,), (8, 9), (10, 11), (0, 1, 6))
"""The columns of each model."""

R = """
folder <- commandArgs(TRUE)[1]
if (!requireNamespace("riskRegression", quietly = TRUE)) { cat("riskRegression absent\\n"); quit() }
suppressMessages({library(survival); library(riskRegression); library(prodlim)})
d <- read.csv(file.path(folder, "cohort.csv")); s <- read.csv(file.path(folder, "splits.csv"), header = FALSE)
models <- lapply(strsplit(readLines(file.path(folder, "models.txt")), " "), function(own) as.formula(paste("Surv(time, event) ~", paste0("x", own, collapse = "+"))))
t <- system.time(for (formula in models) for (k in seq_len(nrow(s))) suppressWarnings({
  train <- as.logical(s[k, ]); f <- coxph(formula, d[train, ], x = TRUE)
  alive <- 1 - predictRisk(f, newdata = d[!train, ], times = 10)
  for (g in unique(d$group)) { i <- d$group[!train] == g; mean(alive[i]); if (any(i)) summary(survfit(Surv(time, event) ~ 1, d[!train, ][i, ]), times = 10, extend = TRUE)$surv }
  Score(list(model = f), formula = Hist(time, event) ~ 1, data = d[!train, ], times = 10, metrics = "auc", cens.model = "km", se.fit = FALSE, null.model = FALSE)
}))[["elapsed"]]
cat("R coxph and riskRegression", t, "\\n")
"""

PYTHON = """
import sys, time, warnings; import numpy as np; warnings.filterwarnings("ignore"); folder = sys.argv[1]
d = np.loadtxt(folder + "/cohort.csv", delimiter=",", skiprows=1); s = np.loadtxt(folder + "/splits.csv", delimiter=",") == 1
every, t, e, g = d[:, 3:], d[:, 0], d[:, 1] == 1, d[:, 2]
models = [[int(k) for k in line.split()] for line in open(folder + "/models.txt")]
try:
    import pandas as pd; from lifelines import CoxPHFitter, KaplanMeierFitter
    began = time.perf_counter()
    for frame, train in ((pd.DataFrame(every[:, own]).assign(t=t, e=e), train) for own in models for train in s):
        f = CoxPHFitter().fit(frame[train], "t", "e"); alive = f.predict_survival_function(frame[~train], times=[10.0]).to_numpy()[0]
        for k in np.unique(g):
            i = g[~train] == k
            if i.any(): alive[i].mean(); KaplanMeierFitter().fit(t[~train][i], e[~train][i]).predict(10.0)
    print("lifelines", time.perf_counter() - began)
except ImportError: print("lifelines absent")
try:
    from sksurv.linear_model import CoxPHSurvivalAnalysis; from sksurv.metrics import cumulative_dynamic_auc
    from sksurv.nonparametric import kaplan_meier_estimator; from sksurv.util import Surv
    y = Surv.from_arrays(e, t); began = time.perf_counter(); failed = 0
    for x, train in ((every[:, own], train) for own in models for train in s):
        f = CoxPHSurvivalAnalysis(ties="efron", alpha=1e-9).fit(x[train], y[train])
        alive = np.array([c(10.0) for c in f.predict_survival_function(x[~train])])
        for k in np.unique(g):
            i = g[~train] == k
            if i.any(): alive[i].mean(); kaplan_meier_estimator(e[~train][i], t[~train][i])
        try: cumulative_dynamic_auc(y[~train], y[~train], f.predict(x[~train]), [10.0])
        except ValueError: failed += 1
    print("scikit-survival", time.perf_counter() - began)
except ImportError: print("scikit-survival absent")
"""


def main() -> None:
    """Print seconds and ratios."""
    generator = np.random.default_rng(SEED)
    x = (generator.random((PATIENTS, 7)) < [0.1, 0.15, 0.08, 0.1, 0.25, 0.14, 0.06]).astype(float)
    beta = np.array([0.6, 0.5, 0.6, 0.5, 0.3, 0.4, -0.8])
    failing, censoring = generator.exponential(10 / np.exp(x @ beta)), generator.uniform(6, 60, PATIENTS)
    months, event = np.minimum(failing, censoring), failing <= censoring
    score = x @ beta
    group = np.digitize(score, [0.25, 0.75])
    others = [np.digitize(score + generator.normal(0, noise, PATIENTS), [0.1, 0.6]) for noise in (0.3, 1.0)]
    factors = [(other == level).astype(float) for other in others for level in (1, 2)]
    every = np.column_stack([x, score, *factors])

    def ours() -> float:
        began = time.perf_counter()
        for own in MODELS:
            mine = np.ascontiguousarray(every[:, own])
            found = random_splits(
                months, event, mine, HORIZON, groups=group, splits=SPLITS, training=TRAINING, seed=SEED
            )
            found.area_summary(), found.group_summary()
        return time.perf_counter() - began

    print(f"first use (compiled, or loaded from the cache): {ours():.1f} s")
    seconds = min(ours() for _ in range(5))
    print(f"{len(MODELS)} models in 200 splits of 100 and 74: {seconds:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        names = ",".join(["time", "event", "group", *(f"x{k}" for k in range(every.shape[1]))])
        table = np.column_stack([months, event, group, every])
        np.savetxt(Path(folder) / "cohort.csv", table, delimiter=",", header=names, comments="")
        chosen = random_subsets(SEED, PATIENTS, TRAINING, 0, SPLITS)
        np.savetxt(Path(folder) / "splits.csv", chosen, delimiter=",", fmt="%d")
        (Path(folder) / "models.txt").write_text("".join(" ".join(map(str, own)) + "\n" for own in MODELS))
        (Path(folder) / "peers.R").write_text(R)
        (Path(folder) / "peers.py").write_text(PYTHON)
        commands = [["Rscript", f"{folder}/peers.R", folder]] if shutil.which("Rscript") else []
        commands += [[sys.argv[1], f"{folder}/peers.py", folder]] if len(sys.argv) > 1 else []
        for command in commands:
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            if told.returncode:
                print(f"{command[0]} failed: {told.stderr.strip().splitlines()[-1:]}")
            for line in told.stdout.splitlines():
                name, last = line.rsplit(maxsplit=1)
                if last == "absent":
                    print(line)
                else:
                    print(f"    {name}: {float(last):.2f} s, {float(last) / seconds:.0f} times ours")
        if not shutil.which("Rscript"):
            print("R absent")
        if len(sys.argv) < 2:
            print("lifelines, scikit-survival: no interpreter named")


if __name__ == "__main__":
    main()
