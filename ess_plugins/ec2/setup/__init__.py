"""Making what an account lacks for a launch, and taking exactly that away again."""
