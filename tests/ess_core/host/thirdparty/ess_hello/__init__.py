"""A plugin of a third party."""
