"""A folder with what the processes of an engine need: keys for TLS, and where its scheduler is."""

import time
from pathlib import Path

from ess_plugins.workers import tls
from ess_plugins.workers.engine import Engine

KEYS = ("ca.pem", "cert.pem", "key.pem")
START_S = 120.0
_SCHEDULER = "scheduler"


def make(folder: Path) -> None:
    """Put keys there that are good for everybody on this machine."""
    private = folder / "authority"
    private.mkdir()
    authority = tls.authority(private)
    pair = authority.for_node([])
    for name, text in zip(KEYS, (authority.ca.read_text("utf-8"), pair.certificate, pair.key), strict=True):
        (folder / name).write_text(text, "utf-8")


def is_ready(folder: Path, scheduler: str) -> None:
    """Say where the scheduler is, to whoever waits for it."""
    ready = folder / f"{_SCHEDULER}.new"
    ready.write_text(scheduler, "utf-8")
    ready.rename(folder / _SCHEDULER)


def engine(folder: Path) -> Engine:
    """The engine, once its scheduler has said where it is."""
    give_up = time.monotonic() + START_S
    while not (folder / _SCHEDULER).exists():
        if time.monotonic() > give_up:
            raise TimeoutError("there is no scheduler")
        time.sleep(0.05)
    address = (folder / _SCHEDULER).read_text("utf-8")
    ca, cert, key = (folder / name for name in KEYS)
    return Engine(address, ca, cert, key, workers=0)
