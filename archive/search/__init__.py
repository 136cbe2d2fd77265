"""Full-text search over the archive."""
