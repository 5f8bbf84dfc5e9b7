"""EC2 workers: launch, list, log in, end."""
