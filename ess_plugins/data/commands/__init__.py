"""Datastores on the command line: arguments and output, a command a module."""
