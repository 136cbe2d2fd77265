"""Scoring a year by an office's own sheet of points."""
