"""The commands of `ess redshift`: arguments and output."""
