"""How an instrument lays out its table of results: which header names which field, and what its words mean.

A layout is data; ``table`` reads every layout in the same way. Headers and words are written ``folded`` (small letters,
Latin look-alikes, see ``text.folded``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenfold.vocabulary import CtStatus, WellRole

Role = tuple[WellRole | None, str | None]
"""What a well holds, and a remark where the vocabulary has no word of its own for it."""

UNDETERMINED = frozenset(
    {"undetermined", "undet.", "undet", "no ct", "no cq", "no cp", "not detected", "nd", "n.d.", "negative", "neg"}
)
"""Words for a threshold that was never crossed, which any layout may hold."""

NOT_AVAILABLE = frozenset({"n/a", "na", "nan"})
"""Words that some instruments write for a threshold never crossed, and people for a value that is not there."""


def _control(kind: str) -> Role:
    return WellRole.CONTROL, f"{kind} control"


def _blank(kind: str) -> Role:
    """A control that must stay empty: it has no word of its own, and a signal in it is one without template."""
    return WellRole.NO_TEMPLATE, kind


_PATIENT: Role = (WellRole.PATIENT, None)
_STANDARD: Role = (WellRole.STANDARD, None)
_CONTROL: Role = (WellRole.CONTROL, None)
_NO_TEMPLATE: Role = (WellRole.NO_TEMPLATE, None)
NEGATIVE = _blank("negative control")
NO_REVERSE_TRANSCRIPTION = _blank("no reverse transcription control")
NO_AMPLIFICATION = _blank("no amplification control")
NO_TARGET = _blank("no target present control")
EXTRACTION = _blank("extraction blank")
WATER = _blank("water")
"""Controls that hold no target, or nothing that could amplify it."""

ROLES: Mapping[str, Role] = {
    "patient": _PATIENT,
    "unknown": _PATIENT,
    "unkn": _PATIENT,
    "unk": _PATIENT,
    "sample": _PATIENT,
    "target": _PATIENT,
    "endo": _PATIENT,
    "endogenous control": _PATIENT,
    "standard": _STANDARD,
    "std": _STANDARD,
    "control": _CONTROL,
    "ctrl": _CONTROL,
    "no template": _NO_TEMPLATE,
    "no template control": _NO_TEMPLATE,
    "non template control": _NO_TEMPLATE,
    "non-template control": _NO_TEMPLATE,
    "no template ctrl": _NO_TEMPLATE,
    "ntc": _NO_TEMPLATE,
    "water": WATER,
    "h2o": WATER,
    "water control": WATER,
    "blank": _blank("blank"),
    "reagent blank": _blank("reagent blank"),
    "extraction blank": EXTRACTION,
    "extraction control": EXTRACTION,
    "extraction negative": EXTRACTION,
    "extraction negative control": EXTRACTION,
    "negative extraction control": EXTRACTION,
    "nec": EXTRACTION,
    "enc": EXTRACTION,
    "positive control": _control("positive"),
    "pos control": _control("positive"),
    "pos ctrl": _control("positive"),
    "posctrl": _control("positive"),
    "pos": _control("positive"),
    "pc": _control("positive"),
    "positive": _control("positive"),
    "negative control": NEGATIVE,
    "negative ctrl": NEGATIVE,
    "neg control": NEGATIVE,
    "neg. control": NEGATIVE,
    "neg ctrl": NEGATIVE,
    "neg. ctrl": NEGATIVE,
    "negctrl": NEGATIVE,
    "neg": NEGATIVE,
    "neg.": NEGATIVE,
    "nc": NEGATIVE,
    "negative": NEGATIVE,
    "control negative": NEGATIVE,
    "control neg": NEGATIVE,
    "nrt": NO_REVERSE_TRANSCRIPTION,
    "nrt control": NO_REVERSE_TRANSCRIPTION,
    "no rt": NO_REVERSE_TRANSCRIPTION,
    "no rt control": NO_REVERSE_TRANSCRIPTION,
    "minus rt": NO_REVERSE_TRANSCRIPTION,
    "minus rt control": NO_REVERSE_TRANSCRIPTION,
    "rt minus": NO_REVERSE_TRANSCRIPTION,
    "rt negative": NO_REVERSE_TRANSCRIPTION,
    "-rt": NO_REVERSE_TRANSCRIPTION,
    "rt-": NO_REVERSE_TRANSCRIPTION,
    "no reverse transcription": NO_REVERSE_TRANSCRIPTION,
    "no reverse transcription control": NO_REVERSE_TRANSCRIPTION,
    "no reverse transcriptase": NO_REVERSE_TRANSCRIPTION,
    "no reverse transcriptase control": NO_REVERSE_TRANSCRIPTION,
    "without reverse transcription": NO_REVERSE_TRANSCRIPTION,
    "nac": NO_AMPLIFICATION,
    "no amplification": NO_AMPLIFICATION,
    "no amplification control": NO_AMPLIFICATION,
    "ntp": NO_TARGET,
    "no target present": NO_TARGET,
    "calibrator": _control("calibrator"),
    "ipc": _control("internal positive"),
    "blocked ipc": _control("blocked internal positive"),
    "blockedipc": _control("blocked internal positive"),
}
"""What laboratories and instruments call the holdings of a well.

A control that must stay empty is a well without template, whatever it is called, and the remark names what it is: water,
an extraction blank, a negative control, one without reverse transcription (NRT) or without amplification (NAC), one in
which the target is not present (NTP). A signal in any of them fails the run. A positive control, a calibrator and what
is only called a control stay controls. Trap: a negative control made of cells without the target holds the control gene,
whose signal counts as one without template; the instrument's file should call such wells controls. An endogenous control
is a gene, not a sample: the well holds a patient's sample.
"""


def role_of(word: str, roles: Mapping[str, Role] = ROLES) -> Role | None:
    """The role that a folded word names, also where it is numbered (``std-3``, ``unkn 12``); None if it names none."""
    word = " ".join(word.replace("_", " ").split())
    bare = word.rstrip("0123456789").rstrip(" -")
    spaced = (" ".join(one.replace("-", " ").split()) for one in (word, bare))
    return next((roles[one] for one in (word, bare, *spaced) if one in roles), None)


@dataclass(frozen=True, eq=False)
class Layout:
    """The table of one kind of export.

    ``fields``: field -> headers that name it, the preferred first. ``needed``: the fields without which a header is not
    of this layout; ``signature``: headers that must be there besides. ``ends_at_blank``: the first blank line ends the
    table, unless a well follows (else blank lines are passed over). ``titles``: how a line begins, in small letters, that
    is the title of a next table. ``empty_ct``: what an empty threshold cell says. ``rotor``: positions are
    numbers and stay so. ``summaries``: words in the place of a well that mark a summary of other rows.
    ``lists_empty_wells``: wells without content have rows, which are no wells of the run.
    ``standards_only``: the column of copies holds computed values for all but the standards.
    """

    format: str
    fields: Mapping[str, tuple[str, ...]]
    needed: frozenset[str]
    signature: frozenset[str] = frozenset()
    instrument: str | None = None
    ends_at_blank: bool = True
    titles: tuple[str, ...] = ()
    empty_ct: CtStatus = CtStatus.MISSING
    undetermined: frozenset[str] = UNDETERMINED
    roles: Mapping[str, Role] = field(default_factory=lambda: ROLES)
    rotor: bool = False
    summaries: frozenset[str] = frozenset()
    standards_only: bool = True
    lists_empty_wells: bool = False
    notes_other_columns: bool = False

    @property
    def digital(self) -> bool:
        """Whether the rows count partitions."""
        return "positive" in self.needed

    def matched(self, header: tuple[str, ...]) -> dict[str, list[int]] | None:
        """Field -> the columns that name it, from a folded header; None where the header is not of this layout."""
        if not self.signature <= set(header):
            return None
        found = {name: self._columns(header, names) for name, names in self.fields.items()}
        return {name: at for name, at in found.items() if at} if all(found.get(n) for n in self.needed) else None

    def named(self, header: tuple[str, ...]) -> set[int]:
        """The columns of a folded line that hold a header of the layout."""
        return {
            column
            for names in self.fields.values()
            for column in self._columns(header, tuple(name for name in names if name))
        }

    def lacking(self, header: tuple[str, ...]) -> list[str]:
        """The needed headers that a folded header does not have, where it has at least two of the others."""
        present = [name for name in self.needed if self._columns(header, self.fields[name])]
        missing = sorted(self.signature - set(header)) + [
            self.fields[name][0] for name in sorted(self.needed) if name not in present
        ]
        return missing if len(present) + len(self.signature & set(header)) >= 2 else []

    @staticmethod
    def _columns(header: tuple[str, ...], names: tuple[str, ...]) -> list[int]:
        for name in names:
            whole = [
                i for i, cell in enumerate(header) if cell == name or (name.endswith("(") and cell.startswith(name))
            ]
            if whole:
                return whole
        return []
