"""Rows of a recognised table to models, one module a kind of table."""
