"""A scan held against the page that was issued."""
