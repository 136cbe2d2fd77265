"""Saved searches of the assessor and the pages chosen from them."""

from alembic import op

from ssj_docs.tables import metadata

revision = "0003"
down_revision = "0002"
_TABLES = ("evidence_searches", "evidence_selections")


def upgrade() -> None:
    """Create the tables; a database made by today's 0001 has them already."""
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in _TABLES])


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(name)
