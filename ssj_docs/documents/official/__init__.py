"""公文 laid out to GB/T 9704-2012."""
