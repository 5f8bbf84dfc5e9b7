"""Redshift's SQL, read as tokens and said in PostgreSQL's."""
