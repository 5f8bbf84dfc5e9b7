"""The SSH hosts: one asyncssh listener for each address of each running instance."""
