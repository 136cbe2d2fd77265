"""The storage root: OCFL 1.1, one object a case file."""
