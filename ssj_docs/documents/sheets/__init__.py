"""Workbooks that are handed out."""
