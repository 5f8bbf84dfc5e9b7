"""What a text looks like, found by its beginning or given by its user."""
