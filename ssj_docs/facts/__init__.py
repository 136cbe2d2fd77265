"""Facts about cases from the registers, counted in one place: case facts, statistics tables, figures for prose."""
