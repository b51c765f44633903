"""The subset of molecular relapse against `cql-execution`, HL7's interpreter of Clinical Quality Language.

`python benchmarks/rules_against_cql.py [PATIENTS]` (300 if not said). Needs Node with npm, which installs the packages once. The
rules stand in `tests/mrd/cql/relapse.cql`, written from the paper's words; what is compared is in `tests/mrd/relapse_subset.py`.
Seconds are those of the processor for ours (all of the molecular state, from tables in memory) and of the clock within Node for
theirs (answering, without starting and translating), as a ratio for the same patients in one run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "mrd"))

import cql_oracle
from relapse_subset import disagreements

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.mrd.streams import molecular_states
from tenfold.response.course import course
from tenfold.settings import DEFAULTS

PATIENTS, SEED = 300, 11


def main() -> None:
    """Ask both and compare."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    registry = simulate_registry(patients, SEED, kind="mixed").registry
    turns = course(registry, DEFAULTS)
    molecular_states(registry, DEFAULTS, turns, compiled=True)
    began = time.process_time()
    molecular = molecular_states(registry, DEFAULTS, turns, compiled=True)
    ours = time.process_time() - began
    theirs, _, seconds = cql_oracle.answered(cql_oracle.patients(registry, turns))
    unlike, counted = disagreements(molecular, theirs)
    print(f"{patients} patients: {counted}; {unlike.height} of them unlike ours")
    print(
        f"for 1,000 patients: ours {1000 * ours / patients:.2f} s, theirs {1000 * seconds / patients:.2f} s: {seconds / ours:.0f} times"
    )
    raise SystemExit(1 if unlike.height else 0)


if __name__ == "__main__":
    main()
