"""Commands that do what commands should not, so that tests can watch the host."""
