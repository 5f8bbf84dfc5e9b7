"""Datastores and their files: selected once, listed and read by their labels."""
