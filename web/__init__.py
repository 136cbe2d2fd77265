"""Web pages for the same functions as the command line."""
