"""Build the site: `python -m generate site` from the folder `docs`, or `make docs`. Ends with 1 at the first warning."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from generate.assemble import assemble


def main() -> int:
    """Put the source together and build it, warnings being errors."""
    asked = argparse.ArgumentParser(prog="python -m generate", description="Build the documentation site.")
    asked.add_argument("site", type=Path, help="folder of the site")
    asked.add_argument(
        "--source", type=Path, default=Path("build/docs"), help="where its source is put together; emptied"
    )
    given = asked.parse_args()
    try:
        assemble(given.source)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    settings = Path(__file__).parent
    kept = ["-d", str(given.source.with_name(given.source.name + "-read"))]
    flags = ["-b", "html", "-q", "-E", "-W", "--keep-going", "-c", str(settings), *kept]
    ended = build_main([*flags, str(given.source), str(given.site)])
    if not ended:
        sys.stdout.write(f"The site is built: open {given.site / 'index.html'}\n")
    return ended


if __name__ == "__main__":
    sys.exit(main())
