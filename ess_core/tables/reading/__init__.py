"""The texts in a file as rows: unpacked, in UTF-8, in blocks of lines, and each row by its quotes."""
