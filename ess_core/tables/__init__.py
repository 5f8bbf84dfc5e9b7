"""Tables out of raw files: dialects, column types, categories, cleaning, the cache of parts, SQL."""
