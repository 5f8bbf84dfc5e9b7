"""The options of COPY that a user may give, and who applies each."""
