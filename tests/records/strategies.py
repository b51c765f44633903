"""Random records: sound ones by table, and ones with something wrong in them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from tenfold.records import TABLES, Kind, Table

FIRST = date(2020, 1, 1)
GENES = ["NPM1", "FLT3", "TP53", "RUNX1"]
texts = (
    st.text(
        st.sampled_from("abé,;\t\"\n\r |:+-.0#'") | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        min_size=1,
        max_size=12,
    )
    .filter(lambda text: text == _stripped(text))
    .filter(bool)
)


def _stripped(text: str) -> str:
    import polars as pl

    return pl.Series([text]).str.strip_chars().item()


def cells(column, days):
    """A sound value of a column; ``days`` gives its dates."""
    low = 0 if column.low is None else column.low
    high = 1000 if column.high is None else column.high
    return {
        Kind.TEXT: texts,
        Kind.WORD: st.sampled_from([str(word) for word in column.words or ["x"]]),
        Kind.NUMBER: st.floats(low, high, allow_nan=False).map(abs),
        Kind.COUNT: st.integers(int(low), int(high)),
        Kind.YESNO: st.booleans(),
        Kind.DATE: days.map(lambda day: FIRST + timedelta(days=day)),
        Kind.GENE: st.sampled_from(GENES),
        Kind.MARKER: st.sampled_from(["NPM1", "RUNX1::RUNX1T1", "FLT3-ITD"]),
        Kind.DRUGS: st.sampled_from(["venetoclax", "azacitidine+venetoclax"]),
    }[column.kind]


@st.composite
def rows(draw, table: Table, patients=("P1", "P2", "P3")):
    """A row of a table. Its dates are in order, so that most rows are sound."""
    row = {}
    day = draw(st.integers(0, 60))
    for column in table.columns:
        if column.name == "patient_id":
            row[column.name] = draw(st.sampled_from(patients))
        elif column.name == "sequence":
            row[column.name] = None
        elif column.name == "birth_date":
            row[column.name] = FIRST - timedelta(days=9999)
        elif column.name == "table":
            row[column.name] = draw(st.sampled_from(list(TABLES)))
        elif column.kind is Kind.DATE:
            day += draw(st.integers(0, 30))
            empty = column.name != table.dated_by and draw(st.booleans())
            row[column.name] = None if empty else FIRST + timedelta(days=day)
        elif column.required or draw(st.booleans()):
            row[column.name] = draw(cells(column, st.integers(0, 100)))
        else:
            row[column.name] = None
    if table.name == "mrd_samples":
        row["scale"] = "percent_abl1"
        row["replicates_positive"] = None
        row["detected"] = None
    if "reported_date" in row and row["reported_date"] is not None and table.dated_by is not None:
        row["reported_date"] = max(row["reported_date"], row[table.dated_by])
    return row


@st.composite
def tables(draw, names=tuple(TABLES)):
    """Some rows for some of the tables."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    return {
        name: draw(st.lists(rows(TABLES[name]), min_size=0 if name != "patients" else 1, max_size=5)) for name in chosen
    }


@st.composite
def tables_with_faults(draw):
    """Tables in which some cells are wrong and some rows stand twice."""
    found = draw(tables())
    for name, its_rows in found.items():
        for row in its_rows:
            if draw(st.integers(0, 3)) == 0:
                row[draw(st.sampled_from(list(row)))] = draw(
                    st.sampled_from(["", "x", "300", "2024-02-30", "NPM", "P9"])
                )
        if its_rows and draw(st.booleans()):
            found[name] = [*its_rows, draw(st.sampled_from(its_rows))]
    return found
