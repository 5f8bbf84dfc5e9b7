"""What runs on a node: looking for Python, installing, and keeping a scheduler and a worker running."""
