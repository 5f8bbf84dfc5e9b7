"""Signals become exceptions, and the blocks that must not be cut short are not; with real signals."""

import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from ess_core.interrupts import SIGNALS, Interrupted, deferred

NAMES = [signum.name for signum in SIGNALS]


def _child(body, ignored=()):
    """Run ``body`` in a Python of its own with our handlers; returns its exit code and what it printed.

    ``hit(SIGINT)`` there sends that signal to itself; an Interrupted that gets out gives its exit code.
    """
    code = f"""
import os, signal, sys
from signal import SIGHUP, SIGINT, SIGTERM
from ess_core import interrupts

def hit(signum):
    os.kill(os.getpid(), signum)

def main():
{textwrap.indent(textwrap.dedent(body), "    ")}

for signum in {[int(signum) for signum in ignored]}:
    signal.signal(signum, signal.SIG_IGN)
interrupts.install()
try:
    main()
except interrupts.Interrupted as interrupt:
    print(interrupt)
    sys.exit(interrupt.exit_code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert done.stderr == ""
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_is_an_exception_with_the_exit_code_of_a_shell(name, code):
    assert _child(f"hit({name})") == (code, [name])


def test_it_is_a_keyboard_interrupt_so_no_except_exception_swallows_it():
    assert issubclass(Interrupted, KeyboardInterrupt)
    assert not issubclass(Interrupted, Exception)


@pytest.mark.parametrize(
    "block", ["None", "interrupts.deferred()", "interrupts.once()", "interrupts.noted(print)"]
)
def test_what_the_parent_told_us_to_ignore_stays_ignored(block):
    body = f"""
        import contextlib
        with {block} or contextlib.nullcontext():
            hit(SIGHUP)
        hit(SIGHUP)
        print("alive")
    """
    assert _child(body, [signal.SIGHUP]) == (0, ["alive"])


def test_a_deferred_signal_comes_after_the_block_and_the_first_one_wins():
    body = """
        with interrupts.deferred():
            hit(SIGTERM)
            hit(SIGINT)
            print("whole")
        print("never")
    """
    assert _child(body) == (143, ["whole", "SIGTERM"])


def test_a_deferred_signal_comes_even_if_the_block_fails():
    body = """
        try:
            with interrupts.deferred():
                hit(SIGINT)
                raise ValueError("lost")
        except ValueError:
            print("never")
    """
    assert _child(body) == (130, ["SIGINT"])


def test_without_a_signal_a_block_is_only_a_block():
    body = """
        for block in (interrupts.deferred(), interrupts.once(), interrupts.noted(print)):
            with block:
                pass
        hit(SIGINT)
    """
    assert _child(body) == (130, ["SIGINT"])


def test_once_raises_for_the_first_signal_only():
    body = """
        with interrupts.once() as signals:
            try:
                hit(SIGTERM)
            except interrupts.Interrupted:
                hit(SIGINT)
                hit(SIGTERM)
                print("cleaned")
                raise
    """
    assert _child(body) == (143, ["cleaned", "SIGTERM"])


def test_once_held_notes_signals_instead():
    body = """
        with interrupts.once() as signals:
            signals.hold()
            hit(SIGINT)
            signals.hold(print)
            hit(SIGTERM)
        hit(SIGHUP)
    """
    assert _child(body) == (129, ["15", "SIGHUP"])


@pytest.mark.parametrize("error", ["OSError", "RuntimeError"])
def test_a_note_that_cannot_be_written_does_not_cut_the_clean_up_short(error):
    body = f"""
        def note(signum):
            raise {error}("reentrant call")
        with interrupts.once() as signals:
            signals.hold(note)
            hit(SIGINT)
            print("cleaned")
    """
    assert _child(body) == (0, ["cleaned"])


def test_a_signal_deferred_inside_once_is_the_one_that_raises():
    body = """
        with interrupts.once() as signals:
            try:
                with interrupts.deferred():
                    hit(SIGINT)
                    print("launched")
            finally:
                signals.hold()
                hit(SIGTERM)
                print("cleaned")
    """
    assert _child(body) == (130, ["launched", "cleaned", "SIGINT"])


@pytest.mark.parametrize("block", ["deferred()", "once()", "noted(print)"])
def test_afterwards_the_handlers_are_as_before(block):
    body = f"""
        before = [signal.getsignal(signum) for signum in interrupts.SIGNALS]
        with interrupts.{block}:
            pass
        print(before == [signal.getsignal(signum) for signum in interrupts.SIGNALS])
    """
    assert _child(body) == (0, ["True"])


def test_in_another_thread_a_block_is_only_a_block():
    done = []

    def work():
        with deferred():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
