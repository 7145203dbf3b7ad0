"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _versions()
    _pointers()
    _runs()
    _memory()


def _versions() -> None:
    """Versions, what triggered them and what is known of them."""
    op.create_table(
        "evidence",
        sa.Column("version", _Text, nullable=False),
        sa.Column("check_id", _Text, nullable=False),
        sa.Column("others", _Text, nullable=False),
        sa.Column("outcome", _Text, nullable=False),
        sa.Column("value", _Text, nullable=False),
        sa.Column("failing_rows", sa.BigInteger(), nullable=True),
        sa.Column("sample", _Text, nullable=False),
        sa.Column("error", _Text, nullable=True),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("version", "check_id", "others", name="pk_evidence"),
    )
    op.create_table(
        "versions",
        sa.Column("id", _Text, nullable=False),
        sa.Column("dataset", _Text, nullable=False),
        sa.Column("columns", _Text, nullable=False),
        sa.Column("files", _Text, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("content_digest", _Text, nullable=False),
        sa.Column("fingerprint", _Text, nullable=False),
        sa.Column("node_kind", _Text, nullable=False),
        sa.Column("is_opaque", sa.Boolean(), nullable=False),
        sa.Column("inputs", _Text, nullable=False),
        sa.Column("params", _Text, nullable=False),
        sa.Column("engine", _Text, nullable=False),
        sa.Column("definition", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
    )
    op.create_index("ix_versions_dataset_created_at", "versions", ["dataset", "created_at"], unique=False)
    op.create_table(
        "triggers",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("key", _Text, nullable=False),
        sa.Column("dataset", _Text, nullable=False),
        sa.Column("version", _Text, nullable=False),
        sa.Column("fingerprint", _Text, nullable=False),
        sa.Column("observation", _Text, nullable=False),
        sa.Column("observed", _Text, nullable=False),
        sa.UniqueConstraint("key", name="uq_triggers_key"),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name="fk_triggers_version"),
        sa.PrimaryKeyConstraint("number", name="pk_triggers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_triggers_dataset_number", "triggers", ["dataset", "number"], unique=False)


def _pointers() -> None:
    """Environments: generations, pointers and what ports and products point to."""
    op.create_table(
        "environments",
        sa.Column("name", _Text, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_environments"),
    )
    op.create_table(
        "generations",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.PrimaryKeyConstraint("environment", "number", name="pk_generations"),
    )
    op.create_table(
        "revisions",
        sa.Column("id", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
    )
    op.create_table(
        "pointers",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("to_generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("revision", _Text, nullable=False),
        sa.Column("from_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment", "from_generation"],
            ["generations.environment", "generations.number"],
            name="fk_pointers_opened",
        ),
        sa.PrimaryKeyConstraint("environment", "to_generation", "object", name="pk_pointers"),
        sqlite_with_rowid=False,
    )


def _runs() -> None:
    """Runs, their steps, logs and files, and leases."""
    op.create_table(
        "blobs",
        sa.Column("digest", _Text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blobs"),
    )
    op.create_table(
        "leases",
        sa.Column("name", _Text, nullable=False),
        sa.Column("holder", _Text, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "runs",
        sa.Column("id", _Text, nullable=False),
        sa.Column("environment", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("options", _Text, nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("base_generation", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("meshwright", _Text, nullable=False),
        sa.Column("parent", _Text, nullable=True),
        sa.Column("planned", sa.LargeBinary(), nullable=False),
        sa.Column("bound", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"], unique=False)
    op.create_table(
        "logs",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("level", _Text, nullable=False),
        sa.Column("step", _Text, nullable=True),
        sa.Column("text", _Text, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_logs_run_id"),
        sa.PrimaryKeyConstraint("number", name="pk_logs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_logs_run_id_number", "logs", ["run_id", "number"], unique=False)
    op.create_table(
        "steps",
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("key", _Text, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dataset", _Text, nullable=True),
        sa.Column("action", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("version", _Text, nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", _Text, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_steps_run_id"),
        sa.PrimaryKeyConstraint("run_id", "key", name="pk_steps"),
    )
    op.create_index("ix_steps_run_id_position", "steps", ["run_id", "position"], unique=False)


def _memory() -> None:
    """What is remembered to save work, and settings of the database."""
    op.create_table(
        "definitions",
        sa.Column("fingerprint", _Text, nullable=False),
        sa.Column("text", _Text, nullable=False),
        sa.Column("dialect", _Text, nullable=False),
        sa.Column("parser", _Text, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_definitions"),
    )
    op.create_table(
        "meta",
        sa.Column("key", _Text, nullable=False),
        sa.Column("value", _Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "observations",
        sa.Column("path", _Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("hash", _Text, nullable=False),
        sa.Column("hashed_at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_observations"),
    )
