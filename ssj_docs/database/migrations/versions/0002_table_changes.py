"""How often each table was changed, so that the snapshot of the registers writes only what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of counts; a table without a count is taken as changed."""
    op.create_table(
        "table_changes",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
