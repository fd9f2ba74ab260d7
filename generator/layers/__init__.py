"""One file for each formula, named after the functional form; see `registry`."""
