"""What the registers say of cases, counted once: case facts, statistics tables, figures of the prose."""
