"""Files from outside, examined in limited children; page pictures, digests, bags and durable writing."""
