"""The audit trail, the changes and the content of records are not changed or deleted, by the database's own rule."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEPT = {"audit": "the audit trail is append-only", "change": "a change is not rewritten"}
SQLITE = {
    **{
        f"{table}_kept": f"BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for table, said in KEPT.items()
    },
    **{
        f"{table}_whole": f"BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for table, said in {**KEPT, "record": "a record is ended, not deleted", "audit_head": KEPT["audit"]}.items()
    },
    # INSERT OR REPLACE would put another row in the place of one that is there, without a word of deleting.
    **{
        f"{table}_not_replaced": (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
            f" BEGIN SELECT RAISE(ABORT, 'this row of {table} is there already'); END"
        )
        for table in (*KEPT, "record", "audit_head")
    },
    "record_kept": (
        "BEFORE UPDATE OF id, centre, patient, kind, content, added_by ON record"
        " BEGIN SELECT RAISE(ABORT, 'a record is ended, not changed'); END"
    ),
    "record_ended_once": (
        "BEFORE UPDATE OF ended_by ON record WHEN OLD.ended_by IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'a record is ended once'); END"
    ),
    "audit_head_onwards": (
        "BEFORE UPDATE ON audit_head WHEN NEW.entries <= OLD.entries"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
    ),
}
POSTGRESQL = {
    "audit": (("audit_kept", "BEFORE UPDATE OR DELETE OR TRUNCATE", "", "STATEMENT"),),
    "change": (("change_kept", "BEFORE UPDATE OR DELETE OR TRUNCATE", "", "STATEMENT"),),
    "record": (
        ("record_kept", "BEFORE UPDATE OF id, centre, patient, kind, content, added_by", "", "ROW"),
        ("record_ended_once", "BEFORE UPDATE OF ended_by", "WHEN (OLD.ended_by IS NOT NULL)", "ROW"),
        ("record_whole", "BEFORE DELETE OR TRUNCATE", "", "STATEMENT"),
    ),
    "audit_head": (
        ("audit_head_onwards", "BEFORE UPDATE", "WHEN (NEW.entries <= OLD.entries)", "ROW"),
        ("audit_head_whole", "BEFORE DELETE OR TRUNCATE", "", "STATEMENT"),
    ),
}


def upgrade() -> None:
    """Forward."""
    bind = op.get_bind()
    # The head is there from the start: two first entries at once would each want to write it.
    head = sa.table("audit_head", sa.column("id"), sa.column("entries"), sa.column("seal"))
    if bind.execute(sa.select(head.c.id)).first() is None:
        bind.execute(sa.insert(head).values(id=1, entries=0, seal="0" * 64))
    if bind.dialect.name == "sqlite":
        for name, rule in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {rule}")
        return
    op.execute(
        "CREATE FUNCTION tenfold_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, rules in POSTGRESQL.items():
        for name, when, condition, each in rules:
            op.execute(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} {condition} EXECUTE FUNCTION tenfold_append_only()"
            )


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
        return
    for table, rules in POSTGRESQL.items():
        for name, *_ in rules:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION tenfold_append_only()")
