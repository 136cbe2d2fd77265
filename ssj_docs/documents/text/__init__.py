"""Plain text of papers: paragraphs, levels, titles, and figures in sentences."""
