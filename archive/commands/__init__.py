"""Click commands of the archive: parse, one library call, present."""
