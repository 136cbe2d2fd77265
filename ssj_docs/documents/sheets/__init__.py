"""Workbooks that are given out."""
