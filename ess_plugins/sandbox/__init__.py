"""A simulated AWS on loopback, to try everything offline."""
