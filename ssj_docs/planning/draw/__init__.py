"""The random draw: algorithm, pool, scope, assignment, record, and drawing in a workspace."""
