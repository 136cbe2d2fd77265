"""Alembic migrations of ssj.db."""
