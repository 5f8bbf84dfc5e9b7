"""Kinds of arguments that several commands take."""

import argparse

LONGEST_WAIT_S = 24 * 3600


def seconds(text: str) -> float:
    """A time to wait: more than 0 seconds, at most a day."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST_WAIT_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than 0 and at most {LONGEST_WAIT_S} seconds")
    return value
