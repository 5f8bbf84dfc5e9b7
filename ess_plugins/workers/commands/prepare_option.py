"""`ess instance ec2 create --prepare`."""

from argparse import _ArgumentGroup


def add(group: _ArgumentGroup) -> None:
    """Add the option; who hears of the workers that have started looks at it."""
    group.add_argument(
        "--prepare",
        action="store_true",
        help="bring the workers what work needs there at once, and not at its first use",
    )
