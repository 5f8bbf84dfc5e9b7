"""What the sandbox commands share."""

import argparse
from pathlib import Path

DEFAULT_FOLDER = Path("ess-sandbox")


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add ``--dir``."""
    parser.add_argument(
        "--dir",
        dest="folder",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="FOLDER",
        help=f"the sandbox's folder (default: ./{DEFAULT_FOLDER})",
    )
