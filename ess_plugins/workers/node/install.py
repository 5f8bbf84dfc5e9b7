"""Make the environment of one bundle on a node, with nothing but the Python that was found there.

``python - ORDER < install.py``: ORDER is JSON. ``missing`` writes which wheels are still to be pushed;
``install`` makes ``~/.ess/node/DIGEST`` of them, or of an index, and marks it when all is there. What a
killed one left is made anew from the wheels that came. Only the standard library is used.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path.home() / ".ess" / "node"
WHEELS = ROOT / "wheels"
PIP = ("--disable-pip-version-check", "--no-input", "--no-compile", "--quiet", "--quiet")


def main(order: dict[str, Any]) -> None:
    """Do what the order says, one at a time on a node."""
    os.umask(0o077)
    WHEELS.mkdir(parents=True, exist_ok=True)
    with (ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = missing(order) if order["do"] == "missing" else install(order)
    print("ess:answer " + json.dumps(answer))  # noqa: T201 - the other side reads it


def missing(order: dict[str, Any]) -> list[str]:
    """The wheels that are not here as they should be."""
    return [name for name, digest in order["wheels"].items() if _digest(WHEELS / name) != digest]


def install(order: dict[str, Any]) -> dict[str, str]:
    """Make the environment; what went wrong is in the answer."""
    place = ROOT / order["digest"]
    if (place / "ready").exists():
        return {"error": ""}
    if damaged := missing(order):
        return {"error": "did not arrive whole: " + ", ".join(damaged)}
    _tidy(order)
    try:
        shutil.rmtree(place, ignore_errors=True)
        _run([sys.executable, "-m", "venv", "--without-pip", str(place)])
        _run(
            [
                str(place / "bin" / "python"),
                str(WHEELS / order["pip"] / "pip"),
                "install",
                *PIP,
                *_what(order),
            ]
        )
        _mark(place / "ready")
    except subprocess.CalledProcessError as error:
        return {"error": _last(error.stdout)}
    except OSError as error:
        return {"error": f"{error.filename or place}: {error.strerror}"}
    return {"error": ""}


def _what(order: dict[str, Any]) -> list[str]:
    wheels = [str(WHEELS / name) for name in order["wheels"] if name != order["pip"]]
    if order["pins"] is None:
        return ["--no-index", "--no-deps", *wheels]
    return ["--retries", "2", "--timeout", "20", *order["pins"], *wheels]


def _run(command: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(
        command,
        check=True,
        env=env | {"PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _last(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it ended without a word"])[-1][:300]


def _mark(path: Path) -> None:
    with path.open("w") as stream:
        stream.flush()
        os.fsync(stream.fileno())


def _tidy(order: dict[str, Any]) -> None:
    """Remove wheels of other bundles and what was cut off on its way here: the disk may be small."""
    for path in WHEELS.iterdir():
        if path.name not in order["wheels"]:
            path.unlink()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
