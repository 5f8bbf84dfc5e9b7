"""What makes a worker of the sandbox look enough like Amazon Linux to flintrock, which sets up each one.

Each program answers at once, so what is measured is flintrock's own way and not that of a package manager.
"""

from pathlib import Path

_PROGRAMS = {
    "java": """echo 'openjdk version "11.0.0"'""",
    "python": """echo '{"root": "/media/root", "ephemeral": []}'""",
    "sudo": ":",  # runs nothing, so that no package manager of this machine is ever asked
    "yum": ":",
}


def write(skeleton: Path) -> None:
    """Write the skeleton that :class:`ess_plugins.sandbox.settings.Settings` takes."""
    (skeleton / "home" / ".ssh").mkdir(parents=True)
    (skeleton / "bin").mkdir()
    for name, line in _PROGRAMS.items():
        program = skeleton / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        program.chmod(0o755)
