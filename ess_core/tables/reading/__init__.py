"""A text as rows: its encoding, blocks of lines, quotes, and where the rows begin."""
