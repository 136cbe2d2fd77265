"""A small office with one task and two cases."""

from case_office import office, paper

__all__ = ["office", "paper"]
