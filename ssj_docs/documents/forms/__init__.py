"""Forms of cases and tasks: their data, the code on every page, the filled document."""
