"""Numbers, wording, rendering, conversion, layout check, issuing."""
