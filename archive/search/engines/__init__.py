"""The port for search engines, and its adapters: tantivy, whoosh, memory."""
