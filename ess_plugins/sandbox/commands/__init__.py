"""`ess sandbox …`: arguments and output."""
