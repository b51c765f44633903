"""The subset of molecular relapse asked of `cql-execution`, an interpreter of HL7's Clinical Quality Language: an outside oracle.

Node and npm install what `cql/package-lock.json` names into a cache folder, once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
from relapse_subset import allografts, called_samples, changes

from tenfold.records.registry import Registry

HERE = Path(__file__).parent / "cql"
SECONDS_TO_INSTALL = 120


def installed() -> Path:
    """The folder with the packages. LookupError, with why, where they cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise LookupError("there is no node with npm")
    lock = (HERE / "package-lock.json").read_bytes()
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = home / "tenfold" / f"cql-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL)
        except (subprocess.SubprocessError, OSError) as error:
            raise LookupError(f"npm cannot install cql-execution ({type(error).__name__})") from error
        (folder / "installed").touch()
    return folder


def patients(registry: Registry, course: pl.DataFrame) -> list[dict[str, Any]]:
    """What is asked of each patient: the parameters of `relapse.cql`."""
    held: dict[str, dict[str, Any]] = {
        patient: {"Samples": [], "Turns": [], "Grafts": []} for patient in registry.patient_ids()["patient_id"]
    }
    for row in called_samples(registry).with_row_index("place").to_dicts():
        own = held[row.pop("patient_id")]
        own["Samples"].append({**row, "taken": row["day"]} | {"target": row["target"] or 0.0})
        own["Samples"][-1].pop("day")
    for patient, day, remission in changes(course).iter_rows():
        held[patient]["Turns"].append({"since": day, "remission": remission})
    for patient, day in allografts(registry).iter_rows():
        held[patient]["Grafts"].append(day)
    return list(held.values())


def answered(asked: list[dict[str, Any]]) -> tuple[pl.DataFrame, list[bool], float]:
    """Every first suspicion, whether each patient was ever in remission, and the seconds that answering took."""
    folder = installed()
    shutil.copy(HERE / "run.mjs", folder / "run.mjs")
    command = [shutil.which("node") or "node", "run.mjs", str(HERE / "relapse.cql")]
    done = subprocess.run(command, cwd=folder, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"the library cannot be asked: {done.stderr.strip()[:2000]}")
    told = json.loads(done.stdout)
    schema = {"id": pl.String, "conversion": pl.Boolean, "confirmed": pl.Boolean, "confirmed_by": pl.String}
    rows = [row for one in told["answers"] for row in one["relapses"]]
    return pl.DataFrame(rows, schema), [one["remission"] for one in told["answers"]], told["seconds"]
