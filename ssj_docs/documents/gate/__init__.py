"""核发前的检查: one gate that every paper passes before it takes a number, the same for commands, pages and API."""
