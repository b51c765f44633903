"""A slip of the pen in a karyotype is read, and how it was read is said."""

from __future__ import annotations

import pytest

from tenfold.genetics.karyotype import explain, read_karyotype
from tenfold.genetics.karyotype.as_read import as_read


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("46 XY", "46,XY"),
        ("46,XY,t(8;21)(q22,q22)[20]", "46,XY,t(8;21)(q22;q22)[20]"),
        ("46,XY,t(9:11)(p22;q23)[20]", "46,XY,t(9;11)(p22;q23)[20]"),
        ("46,XX,del 7(q22)[5]/46,XX[15]", "46,XX,del(7)(q22)[5]/46,XX[15]"),
        ("47,XY,+8t(8;21)[3]", "47,XY,+8,t(8;21)[3]"),
    ],
)
def test_what_was_understood_is_said(written: str, understood: str) -> None:
    told = explain(read_karyotype(written))
    assert f"Read as {understood}: correct the record if it means anything else" in told
    assert as_read(read_karyotype(understood)) is None


@pytest.mark.parametrize(
    "written",
    [
        "46,XY[20]",
        "46, XY [20]",
        "46,xy",
        "45,XY,-7[12]/46,idem,+8[8]",
        "46,XX,inv(16)(p13q22)[20]",
        "46,XX,inv(3)(q21;q26)[20]",
        "culture failed",
        "46,XY,?del(5)(q13)[4]",
        "45~48,XX,-5,+8[cp12]",
    ],
)
def test_what_is_written_soundly_or_doubtfully_gets_no_such_remark(written: str) -> None:
    assert "Read as" not in explain(read_karyotype(written))
