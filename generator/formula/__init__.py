"""The formula language; see `tree` for its nodes."""
