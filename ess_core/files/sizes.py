"""Numbers of bytes for a person."""

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size_text(size_bytes: float) -> str:
    """A number of bytes in the largest unit that leaves a number of at least one: ``3.8 GiB``."""
    unit = 0
    while size_bytes >= 1024 and unit < len(UNITS) - 1:
        size_bytes, unit = size_bytes / 1024, unit + 1
    return f"{size_bytes:.1f} {UNITS[unit]}" if unit else f"{size_bytes} B"
