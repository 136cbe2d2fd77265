"""The index port and its engines: tantivy, whoosh, memory."""
