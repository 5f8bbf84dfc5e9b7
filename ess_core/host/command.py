"""For plugin authors: what a command is built on."""

from ess_core.host.base import BaseCommand
from ess_core.host.display import Display, Lister, Screen, ShowOne

__all__ = ["BaseCommand", "Display", "Lister", "Screen", "ShowOne"]
