"""The base of all rooms: failures, problems, remedies, canonical JSON, file locks, external programs."""
