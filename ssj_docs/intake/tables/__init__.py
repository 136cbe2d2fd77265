"""Understanding a table from outside: its rows, its columns, what is said around it; a margin decides, else a question."""
