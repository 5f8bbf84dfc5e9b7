"""Bytes as UTF-8: the encoding of a text by its beginning, and lines that are not what it says."""

import codecs

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PIECE_BYTES = 1 << 18
_ENOUGH_ZEROS = 0.7  # of each second byte: Latin letters, digits and signs in UTF-16
_FEW_ZEROS = 0.02  # of the other bytes: a character that is none, here and there


def sniff(head: bytes) -> tuple[str, int]:
    """The encoding, and the length of the mark at the beginning that says so."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return _utf16(head[:4096]) or "utf-8", 0


def of_file(head: bytes, usual: str) -> tuple[str, int]:
    """The same for a file among others in the encoding ``usual``: one without a mark may be in that.

    In UTF-16 and UTF-32 each end of a line has a byte that is zero, and text in UTF-8 has none.
    """
    found, mark = sniff(head)
    if mark:
        return found, mark
    if usual.startswith(("utf-16", "utf-32")) and (found != "utf-8" or b"\0" not in head):
        return found, 0
    return usual, 0


def _utf16(head: bytes) -> str:
    if len(head) < 4:
        return ""
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > _ENOUGH_ZEROS and even < _FEW_ZEROS:
        return "utf-16-le"
    return "utf-16-be" if even > _ENOUGH_ZEROS and odd < _FEW_ZEROS else ""


def repaired(block: bytes) -> tuple[bytes, int]:
    """Whole lines as UTF-8, and how many were not: those are read as Windows-1252, which each byte can be."""
    if _is_utf8(block):
        return block, 0
    lines = block.split(b"\n")
    fixed = [_line(line) for line in lines]
    return b"\n".join(fixed), sum(new is not old for new, old in zip(fixed, lines, strict=True))


def _is_utf8(block: bytes) -> bool:
    """By a piece at a time, as new memory for the text of all would cost far more than looking at it."""
    if block.isascii():
        return True
    at, view = 0, memoryview(block)
    try:
        while at < len(block):
            piece = view[at : at + _PIECE_BYTES]
            at += codecs.utf_8_decode(piece, "strict", at + len(piece) == len(block))[1]
    except UnicodeDecodeError:
        return False
    return True


def _line(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "ess-control").encode()
    return line


def _control(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows-1252 leaves out are control characters, as in the WHATWG's table of it."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("ess-control", _control)
