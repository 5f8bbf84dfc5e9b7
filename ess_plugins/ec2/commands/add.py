"""`ess instance ec2 add`."""

from ess_plugins.ec2.commands.adopting import Adopting


class Add(Adopting):
    """Use running instances as workers too, beside those that are there."""
