"""Files from outside and single pages, looked at in limited children; digests and durable writing."""
