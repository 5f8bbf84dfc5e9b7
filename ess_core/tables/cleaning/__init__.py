"""A raw file into typed parts and rejects: its text, the types of its cells, and the Parquet files."""
