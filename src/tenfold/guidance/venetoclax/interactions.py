"""What other medicines do to venetoclax: inhibitors of CYP3A4 and P-gp, inducers, and the QT interval, patient by patient.

The list is ``interactions.toml``: each drug with its strength and source, none of it read in the originals.
Traps: a drug that is not on the list is *not known*, never harmless; a medicine without an end may still be taken; an
inhibitor acts on for 2 to 3 days after its last dose, some for weeks; where medicines are not recorded completely, finding
none is not *none*; a cycle's azole and the drugs of a line of treatment count like any medicine. The registry is expected
as of the index day.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from functools import cache

import polars as pl

from tenfold.guidance.numbers import read_file
from tenfold.guidance.venetoclax.dose_data import NUMBERS
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on

COUNTS_AS_INHIBITOR = ("strong", "moderate")
FACTS = (
    "posaconazole",
    "other_strong_cyp3a4_inhibitor",
    "moderate_cyp3a4_inhibitor",
    "p_gp_inhibitor",
    "cyp3a4_inducer",
    "interaction_disputed",
)
"""The facts that the questions of `dosing` read; a drug counts once, by its strongest effect on venetoclax."""
QT_WITH_AZOLE = ("gilteritinib", "ivosidenib", "quizartinib", "revumenib")
AZOLES = ("posaconazole", "voriconazole", "itraconazole", "ketoconazole", "fluconazole", "isavuconazole")


@dataclass(frozen=True)
class Interaction:
    """One drug of the list. None: not known. `cyp3a4` is "strong", "moderate", "weak", "none" or "disputed"."""

    drug: str
    cyp3a4: str | None
    p_gp: bool | None
    inducer: str | None
    qt: bool | None
    lingers: int
    note: str
    source: str
    verified: bool

    @property
    def facts(self) -> dict[str, bool | None]:
        """The drug's own answer to each of `FACTS`."""
        strong = _is(self.cyp3a4, "strong")
        weaker = None if strong is None else not strong
        return {
            "posaconazole": self.drug == "posaconazole",
            "other_strong_cyp3a4_inhibitor": False if self.drug == "posaconazole" else strong,
            "moderate_cyp3a4_inhibitor": _is(self.cyp3a4, "moderate"),
            "p_gp_inhibitor": False if weaker is False or self.p_gp is False else self.p_gp and weaker,
            "cyp3a4_inducer": None if self.inducer is None else self.inducer in COUNTS_AS_INHIBITOR,
            "interaction_disputed": False if self.cyp3a4 is None else self.cyp3a4 == "disputed",
        }


def _is(strength: str | None, wanted: str) -> bool | None:
    return None if strength is None else strength == wanted


@cache
def listed() -> dict[str, Interaction]:
    """Return every drug of the list by its generic name in small letters."""
    data = read_file("venetoclax/interactions.toml")
    latest = int(NUMBERS["washout.latest"])
    return {
        drug: Interaction(
            drug,
            fields.get("cyp3a4"),
            fields.get("p_gp"),
            fields.get("inducer"),
            fields.get("qt"),
            max(fields.get("lingers", latest), latest),
            fields.get("note", ""),
            data["source"][fields["source"]]["citation"],
            data["source"][fields["source"]]["verified"],
        )
        for drug, fields in data["drug"].items()
    }


def interaction(drug: str) -> Interaction:
    """Return what is known of one drug by its generic name; of a name that is not listed, that nothing is known."""
    name = drug.strip().lower()
    nothing = Interaction(name, None, None, None, None, NEVER_GONE, "not on the list", "", False)
    return listed().get(name, nothing)


NEVER_GONE = 10_000
"""Days for which a drug that is not listed may act on: it cannot be told."""


def medicines(registry: Registry, on: date | int) -> pl.DataFrame:
    """Return each medicine that acts, or may act, on the index day, with what is known of it.

    `patient_id`, `recorded_in` (table), `drug`, `start_day`, `end_day`, `acts` (yes, or null where that cannot be told),
    the columns of `Interaction` and of `FACTS`. Venetoclax itself is left out.
    """
    day = registry.day_number(on)
    columns = ("patient_id", "start_day", "end_day")
    # A cycle without a recorded end lasts at most until the next begins.
    cycles = registry.days("cycles").sort("patient_id", "start_day", nulls_last=True)
    following = pl.col("start_day").shift(-1).over("patient_id") - 1
    cycles = cycles.with_columns(end_day=pl.coalesce("end_day", following))
    rows = pl.concat(
        [
            _named(registry.days("medications"), "medications", "drug", *columns),
            _named(cycles, "cycles", "azole", *columns),
            _named(registry.days("treatments"), "treatments", "drugs", *columns),
        ]
    ).filter(~pl.col("drug").is_in(["venetoclax", ""]))
    names = rows["drug"].unique().to_list()
    known = pl.DataFrame(
        [{**asdict(interaction(name)), **interaction(name).facts} for name in names],
        {
            "drug": pl.String,
            "cyp3a4": pl.String,
            "p_gp": pl.Boolean,
            "inducer": pl.String,
            "qt": pl.Boolean,
            "lingers": pl.Int64,
            "note": pl.String,
            "source": pl.String,
            "verified": pl.Boolean,
            **dict.fromkeys(FACTS, pl.Boolean),
        },
    )
    told = rows.join(known, on="drug", how="left", maintain_order="left")
    since_end = pl.lit(day, pl.Int64) - pl.col("end_day").cast(pl.Int64)
    begun = pl.col("start_day") <= day
    # What began on the day is taken on it, whatever its end.
    surely = (since_end < NUMBERS["washout.earliest"]) | (pl.col("start_day") == day)
    gone = since_end >= pl.col("lingers")
    acts = pl.when(surely).then(True).when(gone).then(False)
    return (
        told.with_columns(acts=begun & acts)
        .filter(pl.col("acts").fill_null(True))
        .sort("patient_id", "drug", "recorded_in", "start_day", nulls_last=True)
    )


def _named(frame: pl.DataFrame, table: str, column: str, *columns: str) -> pl.DataFrame:
    names = pl.col(column).str.to_lowercase().str.split("+")
    return (
        frame.select(*columns, recorded_in=pl.lit(table), drug=names)
        .explode("drug")
        .with_columns(pl.col("drug").str.strip_chars())
        .filter(pl.col("drug").is_not_null())
    )


def interactions(registry: Registry, on: date | int) -> pl.DataFrame:
    """Return one row per patient: each of `FACTS` on the index day, yes, no or null where it is not known.

    Beside them `qt_stacking` (an azole with a drug of `QT_WITH_AZOLE`), `medications_recorded` (whether finding nothing
    means no), `acting` (the medicines that act or may act) and `not_listed` (those of them of which nothing is known).
    `on`: a date, or a day number of the registry's axis.
    """
    day = registry.day_number(on)
    acting = medicines(registry, day)
    facts = [(pl.col("acts") & pl.col(name)).any(ignore_nulls=False).alias(name) for name in FACTS]
    azole = pl.col("drug").is_in(AZOLES) & (pl.col("qt") | pl.col("qt").is_null())
    partner = pl.col("drug").is_in(QT_WITH_AZOLE)
    found = acting.group_by("patient_id").agg(
        *facts,
        _azole=(pl.col("acts") & azole).any(ignore_nulls=False),
        _partner=(pl.col("acts") & partner).any(ignore_nulls=False),
        acting=pl.col("drug").unique().sort(),
        not_listed=pl.col("drug").filter(~pl.col("drug").is_in(list(listed()))).unique().sort(),
    )
    people = registry.patient_ids().with_columns(earliest_day=pl.lit(day, pl.Int64))
    people = known_on(registry, people, "medications", "medications_recorded").drop("earliest_day")
    people = people.join(found, on="patient_id", how="left", maintain_order="left").with_columns(
        # Where nothing acts, there is nothing that could make a fact yes.
        *(pl.when(pl.col("acting").is_null()).then(False).otherwise(name).alias(name) for name in (*FACTS, "_azole")),
        _partner=pl.when(pl.col("acting").is_null()).then(False).otherwise("_partner"),
    )
    complete = pl.col("medications_recorded")

    def closed(name: str) -> pl.Expr:
        return pl.when(pl.col(name)).then(True).when(~pl.col(name) & complete).then(False).alias(name)

    people = people.with_columns(closed(name) for name in (*FACTS, "_azole", "_partner"))
    return people.select(
        "patient_id",
        *FACTS,
        qt_stacking=pl.col("_azole") & pl.col("_partner"),
        medications_recorded=complete,
        acting=pl.col("acting").fill_null([]),
        not_listed=pl.col("not_listed").fill_null([]),
    )
