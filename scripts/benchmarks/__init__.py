"""The parts of `make bench`, a table each."""
