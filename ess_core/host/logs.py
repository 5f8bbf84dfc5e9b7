"""Logging: to stderr, one line a record, and never a library's debug records, which hold signed requests."""

import logging
from typing import TextIO

from ess_core.host.isolation import Notice
from ess_core.host.options import Options
from ess_core.host.secrets import safe

LOG = logging.getLogger("ess")
LIBRARIES = ("asyncio", "asyncssh", "boto3", "botocore", "cliff", "s3transfer", "stevedore", "urllib3")


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return safe(f"ess: {level}{super().format(record)}")


class _Console(logging.StreamHandler[TextIO]):
    """Ours, so that a second call replaces it and no line is written twice."""


def say(notices: list[Notice], stderr: TextIO, options: Options) -> None:
    """Set up logging as ``options`` ask for and log what was noticed before that; the list is then empty."""
    _configure(stderr, options)
    while notices:
        notice = notices.pop(0)
        LOG.warning(notice.text, exc_info=notice.cause if options.debug else None)


def _configure(stderr: TextIO, options: Options) -> None:
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Console)]:
        root.removeHandler(handler)
    console = _Console(stderr)
    console.setFormatter(_Line("%(message)s"))
    root.addHandler(console)
    level = _level(options)
    root.setLevel(level)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO if options.debug else max(level, logging.WARNING))


def _level(options: Options) -> int:
    if options.debug:
        return logging.DEBUG
    if options.quiet:
        return logging.ERROR
    return logging.INFO if options.verbose else logging.WARNING
