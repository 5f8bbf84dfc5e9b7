"""Work on the nodes of a cluster: commands and files over SSH."""
