"""Status of subjects and inspectors, first day of a certificate, partners of a joint item."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; rows that are there say nothing under them."""
    op.add_column("items", sa.Column("partners", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("subjects", sa.Column("status", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("inspectors", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("inspectors", sa.Column("status", sa.String(length=40), nullable=False, server_default=""))
