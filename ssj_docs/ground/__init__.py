"""What every room stands on: failures, problems, canonical JSON, file locks, programs of other makers."""
