"""Whether a CEBPA mutation is an in-frame one of the basic leucine zipper region (bZIP).

Traps: ELN 2022 and the ICC ask for in-frame bZIP, single or double; ELN 2017 asked for biallelic, which is another
question. A frameshift or stop in the region is not in-frame. A missense change keeps the frame, but only insertions and
deletions carried the better outcome (Georgi et al.): where the laboratory does not say how it counts it, it is open.
The bounds of the region differ between sources; a change between the narrowest and the widest bounds is open.

Döhner et al., Blood 2022;140:1345-1377; Georgi et al., Leukemia 2024;38:281-290.
"""

from __future__ import annotations

from tenfold.genetics.variants.change import Change
from tenfold.genetics.variants.genes import region
from tenfold.genetics.variants.protein import IN_FRAME, Effect

IN_FRAME_BZIP = "CEBPA bZIP in-frame"
BZIP_MISSENSE = "CEBPA bZIP missense"
REGION_OPEN = "CEBPA in-frame, region not certain"
OTHER = "CEBPA other"
NOT_NAMED = "CEBPA, kind not known"


def in_frame_bzip(change: Change) -> tuple[bool | None, str | None]:
    """Whether the change itself is an in-frame one of the bZIP region (None where open), and why where it is open."""
    if change.effect is None:
        return None, None
    if change.effect not in IN_FRAME and change.effect is not Effect.MISSENSE:
        return False, None
    if change.codon is None:
        return None, "the position is not known"
    first, last = change.codon, change.last_codon or change.codon
    if not region("CEBPA", "bzip_widest").touches(first, last):
        return False, None
    if change.effect is Effect.MISSENSE:
        return None, "a missense change in the bZIP region: whether it counts as in-frame is contested"
    if not region("CEBPA", "bzip").touches(first, last):
        return None, "in-frame, between the narrowest and the widest bounds of the bZIP region"
    return True, None


def cebpa_finding(change: Change, stated: bool | None) -> tuple[str, bool | None, str | None]:
    """The finding, whether it is in-frame bZIP, and a remark. `stated` is the laboratory's own word and comes first."""
    answer, remark = in_frame_bzip(change)
    if stated is not None and answer is not None and stated != answer:
        read = "" if answer else "not "
        remark = f"the laboratory states otherwise: the change reads as {read}an in-frame one of the bZIP region"
    if stated is not None:
        answer = stated
        remark = remark if remark and remark.startswith("the laboratory") else None
    if answer:
        return IN_FRAME_BZIP, True, remark
    if answer is None and change.effect is Effect.MISSENSE:
        return BZIP_MISSENSE, None, remark
    if answer is None:
        return (REGION_OPEN if change.effect in IN_FRAME else NOT_NAMED), None, remark
    return OTHER, False, remark
