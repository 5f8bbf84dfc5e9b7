"""COPY and UNLOAD: objects of the sandbox's S3 into a table of the client's own transaction, and back."""
