"""One change in plain words, understood: a next sample, a gene, a finding, a judgement or a medicine.

Nothing is guessed: a word that is not understood is named, with the word that may have been meant. Traps: a level needs its
scale, and "0.5%" alone takes that of the marker's last sample; "NPM1 negative" may be a sample or a gene, and is refused;
"wild type" is said of a test that could have seen the mutation; numbers stay as they were written, so that the admission
of records can name what is impossible in them.
"""

from __future__ import annotations

from tenfold.vocabulary import EventKind
from tenfold.what_if.kinds import Adequacy, Change, Fact, Medicine
from tenfold.what_if.marker_words import read_adequacy, read_marker
from tenfold.what_if.words import (
    ABSENT,
    ACTIVE,
    GVHD,
    NUMBERS,
    STATUS,
    NotUnderstoodError,
    Words,
    events,
    medicines,
    responses,
)


def parse(text: str) -> Change:
    """Understand one change. NotUnderstoodError (a ValueError) names what is not understood and what can be said."""
    words = Words(text)
    if not words.words:
        raise NotUnderstoodError(text, "nothing is supposed")
    for reader in (_number, _status, _response, _event, _medicine, _quality, read_marker):
        words.at = 0
        what = reader(words)
        if what is not None:
            if words.left:
                raise words.unread()
            return Change(words.text, what, words.after_days)
    words.at = 0
    raise words.unread()


def _number(words: Words) -> Fact | None:
    name = words.take(*NUMBERS)
    if name is None:
        return None
    number = words.needed_number(name)
    table, column = NUMBERS[name]
    percent = column.endswith("_pct")
    unit = words.take("%") if percent else words.take("10^9 / L", "g / dL")
    said = f"{'ECOG' if name == 'ecog' else name} {number}{' %' if percent else ''}{'' if percent or not unit else ' ' + unit}"
    return Fact(table, (((column, number),),), "marrow " + said if name == "blasts" else said)


def _status(words: Words) -> Fact | None:
    phrase = words.take(*STATUS)
    if phrase is None:
        return None
    column, cell = STATUS[phrase]
    if column == "fit_for_intensive":
        words.take("treatment", "chemotherapy")
    else:
        words.take("transplantation")
    judged = "fit for intensive treatment" if column == "fit_for_intensive" else "eligible for transplant"
    return Fact("status", (((column, cell),),), judged if cell == "yes" else f"not {judged}")


def _response(words: Words) -> Fact | None:
    if words.take("relapse", "overt relapse", "haematological relapse", "morphological relapse"):
        return Fact("events", ((("kind", EventKind.RELAPSE), ("present", "yes")),), "haematological relapse")
    word = words.take(*responses())
    if word is None:
        return None
    response = responses()[word]
    return Fact("responses", ((("reported_response", response),),), f"response {response}")


def _event(words: Words) -> Fact | None:
    before = words.take("no", "active", "no active")
    name = words.take(*events())
    if name is None:
        return None
    words.take("disease")
    after = words.take(*ACTIVE, *ABSENT)
    grade = words.needed_number("the grade") if words.take("grade") else None
    if before and after:
        raise NotUnderstoodError(words.text, f'"{before}" and "{after}" are said of one finding')
    present = before in (None, "active") and after not in ABSENT
    kinds, note = events()[name], ""
    if present and kinds == GVHD:
        kinds, note = (EventKind.ACUTE_GVHD,), "acute or chronic is not said: taken as acute"
    elif not present and len(kinds) == 1 and kinds[0] in GVHD:
        [other] = (kind for kind in GVHD if kind not in kinds)
        note = f"of {other} nothing is supposed: it stays as it is on record"
    graded = () if grade is None else (("grade", grade),)
    rows = tuple((("kind", str(kind)), ("present", "yes" if present else "no"), *graded) for kind in kinds)
    said = f"{' and '.join(kinds)} {'present' if present else 'absent'}" + (f", grade {grade}" if grade else "")
    return Fact("events", rows, said, note)


def _medicine(words: Words) -> Medicine | None:
    before = words.take("no", "stop", "stopped")
    drug = words.take(*medicines())
    if drug is None:
        return None
    after = words.take("stopped", "absent", "no longer")
    return Medicine(drug, before is None and after is None)


def _quality(words: Words) -> Adequacy | None:
    adequacy = Adequacy()
    while words.left:
        more = read_adequacy(words, adequacy)
        if more is None:
            break
        adequacy = more
    return adequacy if adequacy.said else None
