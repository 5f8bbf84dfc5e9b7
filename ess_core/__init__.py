"""What every ess plugin may build on."""

__version__ = "0.1.0"
