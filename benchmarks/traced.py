"""For runs that are traced line by line: work stays in Python's own threads, where a tracer sees it.

    pytest -p traced --cov ...

with this folder on the path; see `logic/at_once.py` for where work goes otherwise.
"""

from __future__ import annotations

from tenfold.logic import at_once

at_once.FEW = 0
