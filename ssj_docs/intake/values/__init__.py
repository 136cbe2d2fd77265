"""Written values of the field to typed ones: ratios, windows, numbers, departments, result words."""
