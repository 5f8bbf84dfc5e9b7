"""cliff's table, as wide as its cells unless another width is asked for."""

from typing import Any

from cliff.formatters.table import TableFormatter


class WideTable(TableFormatter):
    """cliff cuts cells to any terminal's width, in the middle of ids and addresses; this one does not."""

    @staticmethod
    def _assign_max_widths(table: Any, max_width: int, min_width: int = 0, fit_width: bool = False) -> None:
        if max_width > 0 or fit_width:
            TableFormatter._assign_max_widths(table, max_width, min_width, fit_width)
