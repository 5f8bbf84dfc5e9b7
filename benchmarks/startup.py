"""How long ess takes to start, beside bare Python and aws-cli."""

import sys

from benchmarks.timing import BIN, Runs, aws_cli, interleave

ROUNDS = 15


def main() -> None:
    """Print medians and the two ratios that matter."""
    python = Runs("python -c pass", [sys.executable, "-c", "pass"])
    version = Runs("ess --version", [str(BIN / "ess"), "--version"])
    helped = Runs("ess --help", [str(BIN / "ess"), "--help"])
    commands = [python, version, helped]
    if path := aws_cli():
        commands.append(Runs("aws --version", [path, "--version"]))
    interleave(commands, ROUNDS)
    print(f"startup: medians of {ROUNDS} interleaved runs")
    for runs in commands:
        print(f"  {runs.name:16} {runs.median * 1000:7.0f} ms")
    print(f"  ess --version / python -c pass  {version.median / python.median:5.2f}")
    if path:
        print(f"  ess --help / aws --version      {helped.median / commands[-1].median:5.2f}")
    else:
        print("  no aws-cli here, so no ratio to it: `make bench` installs one")


if __name__ == "__main__":
    main()
