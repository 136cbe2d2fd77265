"""The kinds of paper of templates/catalogue.toml, and what the registers know for one of them."""
