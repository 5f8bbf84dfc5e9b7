"""The Redshift Data API: SQL without a connection, for warehouses out of reach."""
