"""Click commands of ssj_docs: parse, one library call, present."""
