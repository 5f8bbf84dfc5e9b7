"""A table whose rows are known, written in any dialect."""

NAMES = ["ts", "userID", "articleID", "price", "city"]
CITIES = ["Paris", "New York", "Tokyo, JP", "Köln"]


def row(number: int) -> list[str]:
    """The cells of a row, as they are to come out again."""
    when = f"2014-09-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00"
    price = f"{1 + number % 700 / 100:.2f}"
    return [when, str(1000 + number % 97), str(number % 50), price, CITIES[number % 4]]


def quoted(value: str, delimiter: str = ",", quote: str = '"') -> str:
    """The cell as a careful program writes it."""
    if delimiter in value or quote in value or "\n" in value or "\r" in value:
        return quote + value.replace(quote, quote * 2) + quote
    return value


def lines(rows: int = 200, delimiter: str = ",", *, header: bool = True, decimal: str = ".") -> list[str]:
    """The table's lines."""
    table = [row(number) for number in range(rows)]
    for cells in table:
        cells[3] = cells[3].replace(".", decimal)
    return [delimiter.join(quoted(cell, delimiter) for cell in cells) for cells in [NAMES] * header + table]


def text(rows: int = 200, delimiter: str = ",", *, header: bool = True, end: str = "\n") -> str:
    """The table as one text."""
    return "".join(line + end for line in lines(rows, delimiter, header=header))
