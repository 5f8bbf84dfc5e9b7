"""For plugin authors: what a command is built on."""

from ess_core.host.base import BaseCommand
from ess_core.host.display import Lister, Screen, ShowOne

__all__ = ["BaseCommand", "Lister", "Screen", "ShowOne"]
