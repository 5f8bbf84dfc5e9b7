"""Files to workers and back, over SSH and with nothing there but a shell."""
