"""The guard: what could reach another centre is not run; what names its own is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    and_,
    bindparam,
    case,
    create_engine,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from service_running import PASSWORD
from store_tables import a_centre, opened, whole_row
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts, schema
from tenfold.service.store.centre import Centre
from tenfold.service.store.engine import open_engine
from tenfold.service.store.guard import AcrossCentres, guarded
from tenfold.service.store.store import Store

MINE, OTHER = 1, 2
record, patient, centre, change, account = (
    schema.record,
    schema.patient,
    schema.centre,
    schema.change,
    schema.account,
)
again = record.alias("again")
mine = record.c.centre == MINE
inner_mine = select(record.c.patient).where(mine)
inner_all = select(record.c.patient)

REFUSED: dict[str, Any] = {
    "all of a table": select(record),
    "of another centre": select(record).where(record.c.centre == OTHER),
    "of several centres": select(record).where(record.c.centre.in_([MINE, OTHER])),
    "of centres that are not another": select(record).where(record.c.centre != OTHER),
    "of not this centre": select(record).where(not_(mine)),
    "of this centre, or something else": select(record).where(or_(mine, record.c.kind == "counts")),
    "of this centre, or not, inside an and": select(record).where(and_(or_(mine, literal(True)), record.c.id > 0)),
    "of this centre in one case of several": select(record).where(case((record.c.id == 1, mine), else_=True)),
    "a column of another table of that name": select(record).where(patient.c.centre == MINE),
    "a join with one side named": select(record).join(patient, patient.c.id == record.c.patient).where(mine),
    "a join by the comma": select(record.c.id, patient.c.patient_id).where(mine),
    "an outer join that names the wrong side": (
        select(record).join_from(record, patient, and_(patient.c.id == record.c.patient, mine), isouter=True)
    ),
    "a full join": (
        select(record).join_from(
            record, patient, and_(patient.c.id == record.c.patient, mine, patient.c.centre == MINE), full=True
        )
    ),
    "a table beside itself": select(record, again).where(mine),
    "an alias": select(again).where(again.c.id == 1),
    "an alias with the table named": select(again).where(mine),
    "a subquery that asks for all": select(record).where(mine, record.c.patient.in_(inner_all)),
    "a subquery to select from": select(select(record).subquery()),
    "a subquery that is held from outside": (lambda sub: select(sub).where(sub.c.centre == MINE))(
        select(record).subquery()
    ),
    "a scalar subquery": select(select(func.count()).select_from(record).scalar_subquery()),
    "an exists": select(patient).where(patient.c.centre == MINE, exists().where(record.c.patient == patient.c.id)),
    "a common table expression": select(select(record).cte("seen")),
    "a union with one side held": union_all(inner_mine, inner_all),
    "a lateral": select(patient, inner_all.lateral()).where(patient.c.centre == MINE),
    "a function of a subquery": select(func.coalesce(inner_all.limit(1).scalar_subquery(), "")),
    "an order by a subquery": select(patient)
    .where(patient.c.centre == MINE)
    .order_by(select(func.max(record.c.id)).scalar_subquery()),
    "every centre": select(centre),
    "an update of all": update(record).values(ended_by=1),
    "an update of another centre": update(record).where(record.c.centre == OTHER).values(ended_by=1),
    "an update by a joined table": update(record)
    .where(mine, record.c.patient == patient.c.id, patient.c.patient_id == "p")
    .values(ended_by=1),
    "an update with a subquery in a value": update(centre)
    .where(centre.c.id == MINE)
    .values(title=select(patient.c.patient_id).limit(1).scalar_subquery()),
    "an update that moves a row": update(patient).where(patient.c.centre == MINE).values(centre=OTHER),
    "an update in order that moves a row": update(patient)
    .where(patient.c.centre == MINE)
    .ordered_values((patient.c.revision, 1), (patient.c.centre, OTHER)),
    "a delete of all": delete(schema.pending_import),
    "a delete by a joined table": delete(patient).where(patient.c.centre == MINE, record.c.patient == patient.c.id),
    "a row of another centre": insert(patient).values(id="x", patient_id="x", centre=OTHER, revision=0),
    "a row of no centre": insert(patient).values(id="x", patient_id="x", revision=0),
    "two rows, one of another centre": insert(patient).values(
        [{"id": one, "patient_id": one, "centre": number, "revision": 0} for one, number in (("x", MINE), ("y", OTHER))]
    ),
    "rows from a select": insert(patient).from_select(
        ["id", "patient_id", "centre"], select(patient.c.id, patient.c.patient_id, literal(MINE))
    ),
    "a row with a subquery in a value": insert(patient).values(
        id="x", patient_id=select(patient.c.patient_id).limit(1).scalar_subquery(), centre=MINE
    ),
    "a row that takes another's place": sqlite.insert(patient)
    .values(id="x", patient_id="x", centre=MINE)
    .on_conflict_do_update(index_elements=["id"], set_={"patient_id": "y"}),
    "a row with OR REPLACE": insert(patient).prefix_with("OR REPLACE").values(id="x", patient_id="x", centre=MINE),
    "a centre": insert(centre).values(name="ours"),
    "a change inside a select": select(delete(patient).where(patient.c.centre == MINE).returning(patient.c.id).cte()),
    "text": text("SELECT * FROM record"),
    "text with columns": select(text("SELECT id FROM record").columns(record.c.id).subquery()),
    "text as a condition": select(record).where(mine, text("1 = 1 UNION SELECT * FROM record")),
    "text as a column": select(literal_column("(SELECT max(id) FROM record)")),
    "text as a table": select(text("*")).select_from(text("record")),
    "a table by its name": select(table("record")),
    "text before": select(record).where(mine).prefix_with("/* */"),
    "a value that is given later": select(record).where(record.c.centre == bindparam("mine")),
    "a value that is given once more": select(record).where(record.c.centre == bindparam("c", MINE)).params(c=OTHER),
}
HELD: dict[str, Any] = {
    "of this centre": select(record).where(mine),
    "the other way round": select(record).where(literal(MINE) == record.c.centre),
    "with more conditions": select(record).where(and_(mine, or_(record.c.id == 1, record.c.id == 2))),
    "its own row": select(centre).where(centre.c.id == MINE),
    "an alias that is named": select(record, again).where(mine, again.c.centre == MINE, again.c.id == record.c.id),
    "a join with both named": select(record, patient)
    .join(patient, patient.c.id == record.c.patient)
    .where(mine, patient.c.centre == MINE),
    "a join by the centre": select(record, patient)
    .join(patient, and_(patient.c.id == record.c.patient, patient.c.centre == record.c.centre))
    .where(mine),
    "an outer join that names its right side": select(patient, record.c.id)
    .join_from(patient, record, and_(record.c.patient == patient.c.id, mine), isouter=True)
    .where(patient.c.centre == MINE),
    "an outer join with what belongs to nobody": select(change, account.c.name)
    .join_from(change, account, change.c.account == account.c.id, isouter=True)
    .where(change.c.centre == MINE),
    "a subquery that is held": select(patient).where(patient.c.centre == MINE, patient.c.id.in_(inner_mine)),
    "a subquery to select from": select(inner_mine.subquery()),
    "a common table expression": select(inner_mine.cte("seen")),
    "a union of held ones": union_all(inner_mine, inner_mine),
    "a count": select(func.count()).select_from(record).where(mine),
    "nothing at all": select(literal(1)),
    "an update": update(centre).where(centre.c.id == MINE).values(title="x"),
    "a delete": delete(schema.pending_import).where(schema.pending_import.c.centre == MINE),
    "two rows": insert(patient).values(
        [{"id": one, "patient_id": one, "centre": MINE, "revision": 0} for one in ("x", "y")]
    ),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=list(REFUSED))
def test_what_could_reach_another_centre_is_not_run(store: Store, statement: Any) -> None:
    one = Centre(store, MINE, None, "somebody")
    with pytest.raises(AcrossCentres), one.writing() as connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", HELD.values(), ids=list(HELD))
def test_what_names_its_own_centre_is_run(store: Store, statement: Any) -> None:
    one = Centre(store, MINE, None, "somebody")
    with one.writing() as connection:
        connection.execute(statement)


def test_the_drivers_own_text_is_not_run(store: Store) -> None:
    with pytest.raises(AcrossCentres), Centre(store, MINE, None, "somebody").reading() as connection:
        connection.exec_driver_sql("SELECT * FROM record")


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        (select(record).where(record.c.centre == bindparam("c", MINE)), {"c": OTHER}),
        (select(record).where(mine), {"centre_1": OTHER}),
        (update(patient).where(patient.c.centre == MINE), {"centre": OTHER}),
        (update(patient).where(patient.c.centre == MINE), [{"revision": 1}, {"centre": OTHER}]),
        (insert(patient), [{"id": "x", "patient_id": "x", "centre": OTHER}]),
        (insert(patient), [{"id": "x", "patient_id": "x", "centre": MINE}, {"id": "y", "patient_id": "y"}]),
    ],
)
def test_values_that_are_given_at_the_time_do_not_get_round_it(store: Store, statement: Any, given: Any) -> None:
    with pytest.raises(AcrossCentres), Centre(store, MINE, None, "somebody").writing() as connection:
        connection.execute(statement, given)


def test_a_connection_is_held_to_one_centre_until_its_end_and_the_pools_is_free_again(store: Store) -> None:
    with store.reading() as connection:
        guarded(connection, MINE)
        guarded(connection, MINE)
        with pytest.raises(AcrossCentres, match="held to another"):
            guarded(connection, OTHER)
    for _ in range(30):
        with Centre(store, OTHER, None, "somebody").reading() as connection:
            connection.execute(select(centre).where(centre.c.id == OTHER))
        with store.reading() as connection:
            assert len(connection.execute(select(centre)).all()) == 2


def test_a_connection_that_is_not_watched_is_not_taken_for_guarded(store: Store) -> None:
    with pytest.raises(AcrossCentres, match="not watched"), create_engine("sqlite://").begin() as connection:
        guarded(connection, MINE)
    watched = open_engine(str(store.engine.url))
    with watched.begin() as connection:
        guarded(connection, MINE)
    watched.dispose()


def test_the_database_itself_keeps_a_row_and_its_patient_in_one_centre(url: str) -> None:
    with opened(url) as store:
        north, south = a_centre(store, "North"), a_centre(store, "South")
        account = accounts.add_account(store, "somebody", PASSWORD, [Role.CLINICIAN], north.id).id
        with south.writing() as connection:
            theirs = south.new_patient(connection, "s")
        for into in (schema.change, schema.closing, schema.decision):
            row = whole_row(into, centre=north.id, patient=theirs.id, account=account)
            with pytest.raises(IntegrityError, match=r"(?i)foreign key"), north.writing() as connection:
                connection.execute(insert(into).values(row))
        with north.writing() as connection:
            number = north.new_change(connection, "added")
        row = {"patient": theirs.id, "kind": "counts", "content": {}, "added_by": number}
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), north.writing() as connection:
            connection.execute(insert(record).values(centre=north.id, **row))
