"""Plain text of a paper: paragraphs, levels, titles, and figures in sentences."""
