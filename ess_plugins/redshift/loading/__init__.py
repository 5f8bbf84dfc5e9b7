"""Loading cleaned files into a table, each exactly once."""
