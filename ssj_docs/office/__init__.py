"""The office: office.toml and its workspace."""
