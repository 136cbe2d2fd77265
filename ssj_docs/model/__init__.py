"""Frozen dataclasses that cross the stages; they know no file, database, clock or web."""
