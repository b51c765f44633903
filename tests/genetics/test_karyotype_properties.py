"""What must hold of every karyotype: printed and read back, in any order of clones, with junk behind it."""

from __future__ import annotations

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from tenfold.genetics.karyotype import Status, fact_names, karyotype_facts, read_karyotype
from tenfold.genetics.karyotype.bands import AUTOSOMES, EXISTING

chromosomes = st.sampled_from(AUTOSOMES)


def bands(chromosome: str) -> st.SearchStrategy[str]:
    choices = [f"{arm}{band}" for arm in "pq" for band in sorted(EXISTING[chromosome, arm])]
    return st.sampled_from(choices)


@st.composite
def structural(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["t", "del", "add", "inv", "dup", "der", "i", "dic", "ins", "mar", "idic"]))
    first, second = draw(st.lists(chromosomes, min_size=2, max_size=2, unique=True))
    a, b = draw(bands(first)), draw(bands(second))
    match kind:
        case "t":
            return f"t({first};{second})({a};{b})"
        case "dic":
            return f"dic({first};{second})({a};{b})"
        case "ins":
            return f"ins({first};{second})({a};{b}{draw(bands(second))})"
        case "der":
            return f"der({first})t({first};{second})({a};{b})"
        case "inv" | "dup":
            return f"{kind}({first})({a}{draw(bands(first))})"
        case "i":
            return f"i({first})({draw(st.sampled_from('pq'))}10)"
        case "mar":
            return "+mar"
    return f"{kind}({first})({a})"


numerical = st.builds(lambda sign, chromosome: f"{sign}{chromosome}", st.sampled_from("+-"), chromosomes)
changes = st.lists(st.one_of(numerical, structural()), min_size=1, max_size=5, unique=True)


@st.composite
def clones(draw: st.DrawFn) -> list[str]:
    made = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.sampled_from(["45", "46", "47", "44~48"]))
        cells = draw(st.sampled_from(["[2]", "[3]", "[12]", "[cp9]", "[1]", ""]))
        made.append(f"{count},XX,{','.join(draw(changes))}{cells}")
    assume(len("/".join(made)) < 230)  # longer texts without a last cell count are taken for cut off by a column
    return made


karyotypes = clones().map("/".join)


def values(text: str) -> dict[str, bool | None]:
    found = karyotype_facts(read_karyotype(text))
    return {name: found[name] for name in fact_names()}


@given(clones())
def test_what_is_printed_reads_back(made: list[str]):
    karyotype = read_karyotype("/".join(made))
    assert karyotype.unread == ()
    read = [[one.text for one in clone.listed] for clone in karyotype.clones]
    printed = [text.partition("[")[0].split(",", 2)[2].split(",") for text in made]
    assert read == printed


@given(changes, changes)
def test_a_subclone_has_all_that_its_stemline_has_and_its_own(stemline: list[str], own: list[str]):
    added = [one for one in own if one[0] not in "+-" and one not in stemline]
    text = f"46,XX,{','.join(stemline)}[10]/46,idem{''.join(',' + one for one in added)}[5]"
    clone = read_karyotype(text).clones[1]
    assert [one.text for one in clone.abnormalities] == [*stemline, *added]


@given(clones(), st.randoms(use_true_random=False))
def test_the_order_of_unrelated_clones_does_not_matter(made: list[str], random):
    shuffled = random.sample(made, len(made))
    assert values("/".join(made)) == values("/".join(shuffled))


@given(karyotypes)
def test_spaces_and_line_ends_do_not_matter(text: str):
    spaced = text.replace(",", " ,\n ").replace("/", "\r/ ")
    assume(len(spaced) < 250)
    assert values(spaced) == values(text)


junk = st.text([*string.ascii_letters, *"()*+,-.:;<=>?@^_{|}~ äöüß"], min_size=1, max_size=20)


@given(karyotypes, junk)
def test_junk_behind_a_karyotype_never_turns_an_unknown_or_a_yes_into_a_no(text: str, tail: str):
    before, after = values(text), values(f"{text},@{tail}")
    assert not [name for name in before if before[name] is not False and after[name] is False and name != "normal"]


@given(karyotypes, st.sampled_from(["qwz(5)(q3)", "zzz", "17", "t(8;2l)(q22;q22)", "?", "der(5", "abc(7;9)"]))
def test_an_unreadable_piece_never_makes_a_fact_false(text: str, piece: str):
    header, _, rest = text.partition(",XX,")
    before, after = values(text), values(f"{header},XX,{piece},{rest}")
    wrong = [name for name in before if after[name] is False and before[name] is not False]
    assert wrong in ([], ["normal"])


@given(
    karyotypes,
    st.sampled_from([" (siehe Kommentar)", ". Probe vom Knochenmark", " see comment", ".nuc ish(D7Z1,D7S522)x2[200]"]),
)
def test_a_comment_or_a_fish_tail_changes_nothing(text: str, tail: str):
    assert values(text + tail) == values(text)


@given(karyotypes)
def test_an_incomplete_karyotype_denies_nothing_but_that_it_is_normal(text: str):
    header, _, rest = text.partition(",XX,")
    found = values(f"{header},XX,inc,{rest}")
    shown = values(text)
    denied = {name for name in found if found[name] is False}
    assert denied <= {"normal", "complex_eln2017", "complex_eln2022", "monosomal", "hyperdiploid_without_structural"}
    assert not [name for name in found if found[name] is True and not shown[name]]


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_without_a_fault(text: str):
    karyotype = read_karyotype(text)
    found = karyotype_facts(karyotype)
    assert set(found.answers) == set(fact_names())
    if karyotype.status is not Status.READ:
        assert found["normal"] is None


@given(st.text("0123456789XYpq()[];,./+-~? <>xtdelinvarmsc", max_size=60))
def test_any_text_in_the_letters_of_iscn_is_read_without_a_fault(text: str):
    karyotype = read_karyotype(text)
    karyotype_facts(karyotype)
    assert all(0 <= one.position <= len(text) for one in karyotype.unread)
