"""Progress bars on a terminal; imported only where somebody watches, because rich takes 0.1 s."""

from typing import TextIO

from rich import progress
from rich.console import Console


class _Rate(progress.ProgressColumn):
    """How many are done a second, or a minute where that reads better."""

    def render(self, task: progress.Task) -> str:
        speed = task.finished_speed or task.speed
        if not speed:
            return ""
        return f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.1f}/min"


def bars(stderr: TextIO) -> progress.Progress:
    """Text, bar, counts, rate, time gone and time left; NO_COLOR is honoured."""
    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        _Rate(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("left"),
        progress.TimeRemainingColumn(),
        console=Console(file=stderr),
        redirect_stdout=False,
        redirect_stderr=False,
    )
