"""Many small Cox fits, and few large measures, against R, lifelines and scikit-survival on this machine, in one run.

`python benchmarks/resampled_cox.py [PEERS_PYTHON]`: the interpreter in which lifelines and scikit-survival are installed. R
is used where `Rscript` is found. A peer that is absent is named and left out. Slow peers fit fewer resamples, scaled up.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tenfold.cohort.discrimination import harrell_c
from tenfold.cohort.product_limit import product_limit
from tenfold.cohort.resampled_cox import CoxData, cox_fit, resampled_cox

RESAMPLES, PATIENTS, SEED = 10_000, 174, 20250101
LARGE = 1_000_000

R = """
suppressMessages(library(survival)); args <- commandArgs(TRUE); options(digits.secs = 6)
seconds <- function(name, work, times = 1) { t <- system.time(work)[["elapsed"]] * times; cat(name, t, "\\n") }
d <- as.matrix(read.csv(file.path(args[1], "small.csv"))); y <- Surv(d[, 1], d[, 2]); x <- d[, -(1:2)]; n <- nrow(d); set.seed(1)
seconds("bootstrap", for (b in 1:2000) { i <- sample.int(n, n, TRUE)
  suppressWarnings(coxph.fit(x[i, ], y[i, ], NULL, NULL, NULL, coxph.control(), NULL, "efron", NULL, resid = FALSE)) }, 5)
m <- matrix(readBin(file.path(args[1], "large.bin"), "double", 12e6), ncol = 12); y <- Surv(m[, 1], m[, 2]); x <- m[, -(1:2)]
seconds("cox", coxph.fit(x, y, NULL, NULL, NULL, coxph.control(), NULL, "efron", NULL, resid = FALSE))
seconds("kaplan-meier", survfit(y ~ 1, se.fit = FALSE))
seconds("concordance", concordance(y ~ x[, 1], reverse = TRUE))
"""

PYTHON = """
import sys, time, warnings; import numpy as np; warnings.filterwarnings("ignore")
folder = sys.argv[1]; d = np.loadtxt(folder + "/small.csv", delimiter=",", skiprows=1); n = len(d)
m = np.fromfile(folder + "/large.bin").reshape(12, -1).T
def seconds(name, work, times=1):
    began = time.perf_counter(); work(); print(name, (time.perf_counter() - began) * times, flush=True)
def boots(fit, many):
    rng = np.random.default_rng(1)
    for _ in range(many):
        try: fit(d[rng.integers(0, n, n)])
        except Exception: pass
try:
    from lifelines import CoxPHFitter, KaplanMeierFitter; from lifelines.utils import concordance_index; import pandas as pd
    names = ["t", "e"] + [f"x{k}" for k in range(m.shape[1] - 2)]
    seconds("lifelines bootstrap", lambda: boots(lambda r: CoxPHFitter().fit(pd.DataFrame(r, columns=names[:r.shape[1]]), "t", "e"), 30), 10000 / 30)
    frame = pd.DataFrame(m, columns=names)
    seconds("lifelines cox", lambda: CoxPHFitter().fit(frame, "t", "e"))
    seconds("lifelines kaplan-meier", lambda: KaplanMeierFitter().fit(m[:, 0], m[:, 1]))
    seconds("lifelines concordance", lambda: concordance_index(m[:, 0], -m[:, 2], m[:, 1]))
except ImportError: print("lifelines absent")
try:
    from sksurv.linear_model import CoxPHSurvivalAnalysis; from sksurv.nonparametric import kaplan_meier_estimator; from sksurv.util import Surv
    def fit(r): CoxPHSurvivalAnalysis(ties="efron").fit(r[:, 2:], Surv.from_arrays(r[:, 1] == 1, r[:, 0]))
    seconds("scikit-survival bootstrap", lambda: boots(fit, 50), 10000 / 50)
    seconds("scikit-survival kaplan-meier", lambda: kaplan_meier_estimator(m[:, 1] == 1, m[:, 0]))
except ImportError: print("scikit-survival absent")
"""


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def small() -> np.ndarray:
    """A simulated cohort: time in months, event, seven yes-or-no covariates of the frequencies of the VEN-PRS paper's kind."""
    generator = np.random.default_rng(SEED)
    x = (generator.random((PATIENTS, 7)) < [0.1, 0.15, 0.08, 0.1, 0.25, 0.14, 0.06]).astype(float)
    failing = generator.exponential(8 / np.exp(x @ [0.6, 0.5, 0.6, 0.5, 0.3, 0.4, -0.8]))
    censoring = generator.uniform(6, 60, PATIENTS)
    return np.column_stack([np.minimum(failing, censoring), failing <= censoring, x])


def large() -> np.ndarray:
    """A simulated registry in whole days: time, event, ten covariates."""
    generator = np.random.default_rng(SEED)
    x = generator.normal(size=(LARGE, 10))
    failing = np.ceil(generator.exponential(900 / np.exp(x @ np.linspace(-0.3, 0.3, 10))))
    censoring = np.ceil(generator.uniform(200, 4000, LARGE))
    return np.column_stack([np.minimum(failing, censoring), failing <= censoring, x])


def main() -> None:
    """Print seconds and ratios."""
    cohort, registry = small(), large()
    data = cohort[:, 0], cohort[:, 1], cohort[:, 2:]
    began = time.perf_counter()
    resampled_cox(*data, resamples=64, seed=1)
    cox_fit(CoxData(*data))
    harrell_c(cohort[:, 0], cohort[:, 1], cohort[:, 2])
    print(f"first use (compiled, or loaded from the cache): {time.perf_counter() - began:.1f} s")
    ours = {
        "bootstrap": best(lambda: resampled_cox(*data, resamples=RESAMPLES, seed=SEED, threads=1)),
        "bootstrap, all processors": best(lambda: resampled_cox(*data, resamples=RESAMPLES, seed=SEED)),
        "cox": best(lambda: cox_fit(CoxData(registry[:, 0], registry[:, 1], registry[:, 2:])), 2),
        "kaplan-meier": best(lambda: product_limit(registry[:, 0], registry[:, 1] == 1)),
        "concordance": best(lambda: harrell_c(registry[:, 0], registry[:, 1], registry[:, 2]), 2),
    }
    peers: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        names = ",".join(["time", "event", *(f"x{k}" for k in range(7))])
        np.savetxt(Path(folder) / "small.csv", cohort, delimiter=",", header=names, comments="")
        np.asfortranarray(registry).T.tofile(Path(folder) / "large.bin")
        (Path(folder) / "peers.R").write_text(R)
        (Path(folder) / "peers.py").write_text(PYTHON)
        if shutil.which("Rscript"):
            told = subprocess.run(["Rscript", f"{folder}/peers.R", folder], capture_output=True, text=True, check=False)
            peers |= {f"R {line.split()[0]}": float(line.split()[1]) for line in told.stdout.splitlines()}
        else:
            print("R absent")
        if len(sys.argv) > 1:
            told = subprocess.run(
                [sys.argv[1], f"{folder}/peers.py", folder], capture_output=True, text=True, check=False
            )
            for line in told.stdout.splitlines():
                name, last = line.rsplit(maxsplit=1)
                if last == "absent":
                    print(line)
                else:
                    peers[name] = float(last)
        else:
            print("lifelines, scikit-survival: no interpreter named")
    for name, seconds in ours.items():
        print(f"{name}: {seconds:.3f} s")
        for peer, theirs in peers.items():
            if peer.endswith(f" {name.split(',')[0]}"):
                print(f"    {peer}: {theirs:.2f} s, {theirs / seconds:.1f} times ours")
    print(json.dumps({"ours": ours, "peers": peers}))


if __name__ == "__main__":
    main()
