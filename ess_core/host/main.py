"""The console script: the fast answer, then signals, the command, and how the process ends."""

import sys


def main(argv: list[str] | None = None) -> int:
    """Run ``ess argv…`` and return the exit code. For a process of its own: it takes over the signals."""
    words = sys.argv[1:] if argv is None else argv
    try:
        return _version() if words == ["--version"] else _run(words)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it ends here as a line and an exit code
        return _failed(error, debug="--debug" in words)


def _version() -> int:
    from ess_core import __version__

    print(f"ess {__version__}", flush=True)  # noqa: T201 - the answer that must not wait for imports
    return 0


def _run(words: list[str]) -> int:
    from ess_core import garbage
    from ess_core.host.process import end_at_once, ignore_at_the_last, prepare_streams
    from ess_core.interrupts import repeat_swallowed

    garbage.look_rarely()
    ignore_at_the_last()
    end_at_once()
    prepare_streams()
    repeat_swallowed()
    from ess_core.host.start import start

    code = start(words)
    end_at_once()
    garbage.leave_it()
    sys.stdout.flush()
    return code


def _failed(error: BaseException, *, debug: bool) -> int:
    from ess_core.host.process import end_at_once, finish_output

    end_at_once()
    from ess_core.host.failures import report

    code = report(error, sys.stderr, debug=debug)
    finish_output()
    return code
