"""One office: office.toml read and changed, and the workspace its data lies in."""
