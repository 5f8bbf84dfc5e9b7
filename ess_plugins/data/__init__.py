"""Datastores, categories of their files, and what is asked of those: summaries, SQL, streams."""
