"""Cox with ten covariates, Kaplan-Meier and the C-index of a million patients, against peers on this machine.

`python benchmarks/survival_at_scale.py [PEERS_PYTHON]`: the interpreter in which lifelines and statsmodels are installed. R is
used where `Rscript` is found. A peer that is absent is named and left out. Follow-up is in whole days, so that there are ties;
every peer gives the same estimate, which is checked.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from tenfold.cohort.cox import cox
from tenfold.cohort.discrimination import harrell_c
from tenfold.cohort.survival import kaplan_meier

PATIENTS, COVARIATES, SEED = 1_000_000, 10, 20250101

R = """
folder <- commandArgs(TRUE)[1]; n <- as.integer(commandArgs(TRUE)[2])
suppressMessages(library(survival))
d <- matrix(readBin(file.path(folder, "cohort.bin"), "double", n * 13), nrow = n); y <- Surv(d[, 1], d[, 2]); x <- d[, 4:13]
tell <- function(what, took, found) cat(what, "R", took[["elapsed"]], format(found, digits = 12), "\\n")
t <- system.time(f <- coxph.fit(x, y, NULL, NULL, control = coxph.control(), method = "efron", rownames = NULL)); tell("cox", t, f$coefficients[[1]])
t <- system.time(k <- survfit(y ~ 1, conf.type = "log-log")); tell("kaplan-meier", t, summary(k)$table[["median"]])
t <- system.time(h <- concordance(y ~ d[, 3], reverse = TRUE)); tell("c-index", t, h$concordance)
"""

PYTHON = """
import sys, time, warnings; import numpy as np; warnings.filterwarnings("ignore"); folder, n = sys.argv[1], int(sys.argv[2])
d = np.fromfile(folder + "/cohort.bin").reshape(13, n).T; t, e, score = d[:, 0], d[:, 1] == 1, d[:, 2]
try:
    import pandas as pd; from lifelines import CoxPHFitter, KaplanMeierFitter; from lifelines.utils import concordance_index
    frame = pd.DataFrame(d[:, 3:]).assign(t=t, e=e)
    began = time.perf_counter(); f = CoxPHFitter().fit(frame, "t", "e"); print("cox lifelines", time.perf_counter() - began, f.params_.iloc[0])
    began = time.perf_counter(); k = KaplanMeierFitter().fit(t, e); print("kaplan-meier lifelines", time.perf_counter() - began, k.median_survival_time_)
    began = time.perf_counter(); c = concordance_index(t, -score, e); print("c-index lifelines", time.perf_counter() - began, c)
except ImportError: print("lifelines absent")
try:
    from statsmodels.duration.survfunc import SurvfuncRight
    began = time.perf_counter(); k = SurvfuncRight(t, e); print("kaplan-meier statsmodels", time.perf_counter() - began, k.quantile(0.5))
except ImportError: print("statsmodels absent")
"""


def main() -> None:
    """Print seconds and ratios."""
    generator = np.random.default_rng(SEED)
    x = generator.normal(size=(PATIENTS, COVARIATES))
    score = x @ np.linspace(-0.5, 0.5, COVARIATES)
    failing = np.ceil(generator.exponential(1000 / np.exp(score)))
    censoring = generator.integers(30, 3000, PATIENTS).astype(float)
    days, event = np.minimum(failing, censoring), failing <= censoring
    names = [f"x{k}" for k in range(COVARIATES)]
    frame = pl.DataFrame({name: x[:, k] for k, name in enumerate(names)}).with_columns(
        days=pl.Series(days), event=pl.Series(event)
    )
    ours: dict[str, Callable[[], float | None]] = {
        "cox": lambda: cox(frame, time="days", event="event", covariates=names)["x0"].coefficient,
        "kaplan-meier": lambda: kaplan_meier(days, event).median().value,
        "c-index": lambda: harrell_c(days, event, score).value,
    }
    seconds, found = {}, {}
    for what, asked in ours.items():
        asked()
        began = time.perf_counter()
        found[what] = asked()
        seconds[what] = time.perf_counter() - began
        print(f"{what} of {PATIENTS:,}: {seconds[what]:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        np.column_stack([days, event, score, x]).T.copy().tofile(Path(folder) / "cohort.bin")
        (Path(folder) / "peers.R").write_text(R)
        (Path(folder) / "peers.py").write_text(PYTHON)
        commands = [["Rscript", f"{folder}/peers.R"]] if shutil.which("Rscript") else []
        commands += [[sys.argv[1], f"{folder}/peers.py"]] if len(sys.argv) > 1 else []
        for command in commands:
            told = subprocess.run([*command, folder, str(PATIENTS)], capture_output=True, text=True, check=False)
            if told.returncode:
                print(f"{command[0]} failed: {told.stderr.strip().splitlines()[-1:]}")
            for line in told.stdout.splitlines():
                if line.endswith("absent"):
                    print(line)
                    continue
                what, peer, took, estimate = line.split()
                same = "the same" if np.isclose(float(estimate), found[what], rtol=1e-4) else f"ANOTHER: {estimate}"
                print(f"    {what}, {peer}: {float(took):.2f} s, {float(took) / seconds[what]:.2f} times ours, {same}")
        if not shutil.which("Rscript"):
            print("R absent")


if __name__ == "__main__":
    main()
