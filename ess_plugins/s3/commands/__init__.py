"""`ess s3 …`: arguments and output, a command a module."""
