"""`ess instance ec2 …`: arguments and output."""
