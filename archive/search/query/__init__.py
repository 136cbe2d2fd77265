"""The query language and its reference implementation in plain Python."""
