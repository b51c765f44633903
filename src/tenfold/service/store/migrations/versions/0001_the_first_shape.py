"""The first shape."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "centre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("axis", sa.String(length=10), server_default="calendar", nullable=False),
        sa.Column("simulated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("sources", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settings", sa.Text(), server_default="", nullable=False),
        sa.Column("settings_revision", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("name", name=op.f("uq_centre_name")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("second_factor", sa.Text(), nullable=True),
        sa.Column("second_factor_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["centre.id"], name=op.f("fk_account_made_by_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
        sa.UniqueConstraint("subject", name=op.f("uq_account_subject")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_made_by"), ["made_by"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=250), nullable=True),
        sa.Column("centre", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_audit_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_centre"), ["centre"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("card", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_feedback_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_centre"), ["centre"], unique=False)

    op.create_table(
        "patient",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_patient_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("centre", "id", name="uq_patient_of_centre"),
        sa.UniqueConstraint("centre", "patient_id", name=op.f("uq_patient_centre")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_centre"), ["centre"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=True),
        sa.Column("account", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_change_account_account")),
        sa.ForeignKeyConstraint(
            ["centre", "patient"], ["patient.centre", "patient.id"], name=op.f("fk_change_centre_patient")
        ),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_change_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_centre"), ["centre"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_patient"), ["patient"], unique=False)

    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("rests_on", sa.String(length=64), nullable=False),
        sa.Column("reminder", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("for_good", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by", sa.Integer(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_closing_account_account")),
        sa.ForeignKeyConstraint(
            ["centre", "patient"], ["patient.centre", "patient.id"], name=op.f("fk_closing_centre_patient")
        ),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_closing_centre_centre")),
        sa.ForeignKeyConstraint(["reopened_by"], ["account.id"], name=op.f("fk_closing_reopened_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
    )
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closing_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_closing_centre"), ["centre"], unique=False)
        batch_op.create_index(batch_op.f("ix_closing_patient"), ["patient"], unique=False)

    op.create_table(
        "laboratory_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_laboratory_run_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_laboratory_run_centre_centre")),
        sa.ForeignKeyConstraint(["signed_by"], ["account.id"], name=op.f("fk_laboratory_run_signed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laboratory_run")),
    )
    with op.batch_alter_table("laboratory_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_laboratory_run_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_laboratory_run_centre"), ["centre"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("on", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_meeting_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_meeting_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("centre", "id", name="uq_meeting_of_centre"),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_centre"), ["centre"], unique=False)

    op.create_table(
        "membership",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_membership_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_membership_centre_centre")),
        sa.PrimaryKeyConstraint("account", "centre", "role", name=op.f("pk_membership")),
    )
    op.create_table(
        "pending_import",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_pending_import_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_pending_import_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_import")),
    )
    with op.batch_alter_table("pending_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_import_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_pending_import_centre"), ["centre"], unique=False)

    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=True),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("launch", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_session_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_session_centre_centre")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_centre"), ["centre"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_token_account_account")),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_token_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_token_centre"), ["centre"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("meeting", sa.String(length=32), nullable=True),
        sa.Column("on", sa.String(length=10), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("stood", sa.JSON(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_decision_account_account")),
        sa.ForeignKeyConstraint(
            ["centre", "meeting"], ["meeting.centre", "meeting.id"], name=op.f("fk_decision_centre_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["centre", "patient"], ["patient.centre", "patient.id"], name=op.f("fk_decision_centre_patient")
        ),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_decision_centre_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_centre"), ["centre"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_meeting"), ["meeting"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_patient"), ["patient"], unique=False)

    op.create_table(
        "meeting_patient",
        sa.Column("meeting", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["centre", "meeting"], ["meeting.centre", "meeting.id"], name=op.f("fk_meeting_patient_centre_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["centre", "patient"], ["patient.centre", "patient.id"], name=op.f("fk_meeting_patient_centre_patient")
        ),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_meeting_patient_centre_centre")),
        sa.PrimaryKeyConstraint("meeting", "patient", name=op.f("pk_meeting_patient")),
    )
    with op.batch_alter_table("meeting_patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_patient_centre"), ["centre"], unique=False)

    op.create_table(
        "record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Integer(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["change.id"], name=op.f("fk_record_added_by_change")),
        sa.ForeignKeyConstraint(
            ["centre", "patient"], ["patient.centre", "patient.id"], name=op.f("fk_record_centre_patient")
        ),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name=op.f("fk_record_centre_centre")),
        sa.ForeignKeyConstraint(["ended_by"], ["change.id"], name=op.f("fk_record_ended_by_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("ix_record_live", ["centre", "patient", "ended_by"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index("ix_record_live")

    op.drop_table("record")
    with op.batch_alter_table("meeting_patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_patient_centre"))

    op.drop_table("meeting_patient")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_patient"))
        batch_op.drop_index(batch_op.f("ix_decision_meeting"))
        batch_op.drop_index(batch_op.f("ix_decision_centre"))
        batch_op.drop_index(batch_op.f("ix_decision_account"))

    op.drop_table("decision")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_centre"))
        batch_op.drop_index(batch_op.f("ix_token_account"))

    op.drop_table("token")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_centre"))
        batch_op.drop_index(batch_op.f("ix_session_account"))

    op.drop_table("session")
    with op.batch_alter_table("pending_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_import_centre"))
        batch_op.drop_index(batch_op.f("ix_pending_import_account"))

    op.drop_table("pending_import")
    op.drop_table("membership")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_centre"))
        batch_op.drop_index(batch_op.f("ix_meeting_account"))

    op.drop_table("meeting")
    with op.batch_alter_table("laboratory_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_laboratory_run_centre"))
        batch_op.drop_index(batch_op.f("ix_laboratory_run_account"))

    op.drop_table("laboratory_run")
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_closing_patient"))
        batch_op.drop_index(batch_op.f("ix_closing_centre"))
        batch_op.drop_index(batch_op.f("ix_closing_account"))

    op.drop_table("closing")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_patient"))
        batch_op.drop_index(batch_op.f("ix_change_centre"))
        batch_op.drop_index(batch_op.f("ix_change_account"))

    op.drop_table("change")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_centre"))

    op.drop_table("patient")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_centre"))

    op.drop_table("feedback")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_centre"))

    op.drop_table("audit")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_made_by"))

    op.drop_table("account")
    op.drop_table("centre")
    op.drop_table("audit_head")
