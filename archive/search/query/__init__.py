"""The query language and its meaning in plain Python."""
