"""A Redshift for the sandbox: Redshift's protocol and SQL in front of an embedded PostgreSQL."""
