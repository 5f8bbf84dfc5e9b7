"""Redshift's SQL as text: names and literals, statements, parameters. Nothing here needs a server."""
