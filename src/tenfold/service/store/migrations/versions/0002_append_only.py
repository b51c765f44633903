"""The audit trail and the content of records are not changed or deleted, by the database's own rule."""

from alembic import op

revision = "0002"
down_revision = "0001"

SQLITE = {
    "audit_kept": "BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
    "audit_whole": "BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
    "record_kept": (
        "BEFORE UPDATE OF id, centre, patient, kind, content, added_by ON record"
        " BEGIN SELECT RAISE(ABORT, 'a record is ended, not changed'); END"
    ),
    "record_ended_once": (
        "BEFORE UPDATE OF ended_by ON record WHEN OLD.ended_by IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'a record is ended once'); END"
    ),
    "record_whole": "BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'a record is ended, not deleted'); END",
}
POSTGRESQL = {
    "audit": (("audit_kept", "BEFORE UPDATE OR DELETE OR TRUNCATE", "", "STATEMENT"),),
    "record": (
        ("record_kept", "BEFORE UPDATE OF id, centre, patient, kind, content, added_by", "", "ROW"),
        ("record_ended_once", "BEFORE UPDATE OF ended_by", "WHEN (OLD.ended_by IS NOT NULL)", "ROW"),
        ("record_whole", "BEFORE DELETE OR TRUNCATE", "", "STATEMENT"),
    ),
}


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "sqlite":
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
