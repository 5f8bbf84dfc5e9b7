"""Files of a COPY are read side by side, and count in their order."""

import threading

import pytest

from ess_plugins.sandbox.redshift.loading.slices import in_order


def test_each_comes_in_its_turn_however_long_it_takes():
    second = threading.Event()

    def make(number):
        if number == 0:
            second.wait(5)
        if number == 1:
            second.set()
        return number * 10

    assert list(in_order(make, range(50))) == [(number, number * 10) for number in range(50)]


def test_what_fails_fails_in_its_turn_and_the_last_ones_are_not_begun():
    begun = []

    def make(number):
        begun.append(number)
        if number == 3:
            raise ValueError(number)
        return number

    made = in_order(make, range(1000))
    assert [next(made)[1] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="3"):
        next(made)
    assert len(begun) < 50
