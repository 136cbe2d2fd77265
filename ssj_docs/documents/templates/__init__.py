"""Word templates: checked, made safe, filled in a sandbox, written with the same bytes each time."""
