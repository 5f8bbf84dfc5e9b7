"""Nodes: workers and who provides them, which cluster is active, and SSH to each."""
