"""Tables out of raw files: column types, dialects, cleaning into typed parts and rejects."""
