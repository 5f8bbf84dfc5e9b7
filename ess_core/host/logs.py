"""Logging: to stderr, one line a record, and never a library's debug records, which hold signed requests."""

import logging
from typing import TextIO

from ess_core.host.formats.escape import visible
from ess_core.host.options import Options

LIBRARIES = ("asyncio", "asyncssh", "boto3", "botocore", "cliff", "s3transfer", "stevedore", "urllib3")


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return visible(f"ess: {level}{super().format(record)}")


class _Console(logging.StreamHandler[TextIO]):
    """Ours, so that a second call replaces it and no line is written twice."""


def configure(stderr: TextIO, options: Options) -> None:
    """Set the levels that ``-q``, ``-v`` and ``--debug`` ask for."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Console)]:
        root.removeHandler(handler)
    console = _Console(stderr)
    console.setFormatter(_Line("%(message)s"))
    root.addHandler(console)
    root.setLevel(_level(options))
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(
            logging.INFO if options.debug or options.verbose > 1 else logging.WARNING
        )


def _level(options: Options) -> int:
    if options.debug:
        return logging.DEBUG
    if options.quiet:
        return logging.ERROR
    return logging.INFO if options.verbose else logging.WARNING
