"""Release a version: `make release VERSION=0.2.0`.

On a clean `main` whose tests pass: the notes are what stands under "Unreleased" in the changelog; the version is set, the
distributions are built, and one commit and one annotated tag with the notes are made. Nothing is published.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = ROOT / "docs" / "changelog.md"
SOURCE = ROOT / "src" / "tenfold" / "__init__.py"
CITATION = ROOT / "CITATION.cff"
UNRELEASED = "## Unreleased"


def main() -> None:
    """Release, or stop in words with nothing changed."""
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        _stop("say which version: make release VERSION=0.2.0")
    if _asked("git", "branch", "--show-current") != "main" or _asked("git", "status", "--porcelain"):
        _stop("release from main, with everything committed")
    if _asked("git", "tag", "--list", f"v{version}"):
        _stop(f"v{version} is there already: a released version never changes")
    notes = notes_of(CHANGELOG.read_text("utf-8"))
    if not notes:
        _stop(f"nothing stands under {UNRELEASED!r} in {CHANGELOG.relative_to(ROOT)}: say what changed for the user")
    _do("make", "test")
    heading = f"{UNRELEASED}\n\n## {version} ({date.today().isoformat()})"
    _replace(CHANGELOG, re.escape(UNRELEASED), heading)
    _replace(SOURCE, r'__version__ = ".*"', f'__version__ = "{version}"')
    _replace(CITATION, r"(?m)^version: .*$", f"version: {version}")
    _replace(CITATION, r"(?m)^date-released: .*$", f"date-released: {date.today().isoformat()}")
    _do(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(ROOT / "dist"))
    _do("git", "commit", "--quiet", "--all", "--message", f"Release {version}\n\n{notes}")
    _do("git", "tag", "--annotate", f"v{version}", "--cleanup=verbatim", "--message", f"Tenfold {version}\n\n{notes}")
    print(f"\nTenfold {version} is tagged v{version} and built in dist/. To publish: git push origin main v{version}")


def notes_of(changelog: str) -> str:
    """What stands under "Unreleased"."""
    _, found, rest = changelog.partition(f"{UNRELEASED}\n")
    return re.split(r"(?m)^## ", rest)[0].strip() if found else ""


def _replace(file: Path, pattern: str, new: str) -> None:
    text, times = re.subn(pattern, lambda _: new, file.read_text("utf-8"), count=1)
    if not times:
        _stop(f"{file.relative_to(ROOT)} has no {pattern}")
    file.write_text(text, "utf-8")


def _asked(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _do(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        _stop(f"{' '.join(command[:3])} failed; nothing is tagged")


def _stop(why: str) -> None:
    raise SystemExit(f"release: {why}")


if __name__ == "__main__":
    main()
