"""The commands on workers: arguments and output."""
