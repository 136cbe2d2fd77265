"""Issuing papers: single papers, forms of whole tasks, statistics files."""
