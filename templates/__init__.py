"""Data: the catalogue of document kinds, templates and the default office.toml. No code."""
