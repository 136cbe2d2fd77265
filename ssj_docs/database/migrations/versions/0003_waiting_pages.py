"""Whether a page that waits for a place holds restricted personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; pages that wait already count as unread, and are read again."""
    op.add_column("received_pages", sa.Column("personal", sa.Boolean(), nullable=True))
