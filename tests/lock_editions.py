"""Write down what each definition asks and answers today, by its fingerprint: `python tests/lock_editions.py`.

An edition never changes: a change is a new edition, or a mistake that is listed in `evidence/errata.toml`. Run this after either,
and let the reviewer see in the change of `golden/editions.toml` which definitions it concerns.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from tenfold.catalogue import QUESTIONS
from tenfold.logic.fingerprint import LENGTH, fingerprint
from tenfold.mrd.editions import editions

LOCK = Path(__file__).parent / "golden" / "editions.toml"


def fingerprints() -> dict[str, str]:
    """Name and edition of every definition, and of every edition of molecular relapse -> its fingerprint."""
    found = {f"{one.name} ({one.edition})": fingerprint(one) for one in QUESTIONS}
    for name, one in editions().items():
        text = json.dumps(asdict(one), sort_keys=True)
        found[f"molecular relapse ({name})"] = hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
    return found


def main() -> None:
    """Write the lock."""
    rows = [f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(digest)}" for name, digest in fingerprints().items()]
    head = "# What each definition asks and answers, by fingerprint; written by `python tests/lock_editions.py`.\n"
    LOCK.write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
