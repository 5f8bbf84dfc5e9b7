"""A raw file into typed parts and rejects: the types of its cells, and the Parquet files."""
