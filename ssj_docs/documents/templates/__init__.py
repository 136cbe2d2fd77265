"""Word templates: checked, made safe, filled in a sandbox, written reproducibly."""
