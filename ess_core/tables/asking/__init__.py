"""Questions in SQL: categories named in them, cleaned, and answered by a DuckDB that reads nothing else."""
