"""Datastores, categories and queries on the command line: arguments and output alone."""
