"""COPY … FROM 's3://…'.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ess_plugins.sandbox.redshift.sql.access import NO_ACCESS, Access, read_access
from ess_plugins.sandbox.redshift.sql.cursor import Cursor, Name
from ess_plugins.sandbox.redshift.sql.tokens import refused, unquoted

_FORMATS = frozenset({"CSV", "PARQUET", "JSON", "ORC", "AVRO"})
_UNSIMULATED = frozenset({"ORC", "AVRO", "ZSTD", "LZOP"})
_FLAGS = frozenset(
    {
        "GZIP",
        "BZIP2",
        "ZSTD",
        "LZOP",
        "MANIFEST",
        "EMPTYASNULL",
        "BLANKSASNULL",
        "TRUNCATECOLUMNS",
        "FILLRECORD",
        "IGNOREBLANKLINES",
        "ACCEPTANYDATE",
        "REMOVEQUOTES",
        "ESCAPE",
        "TRIMBLANKS",
        "ROUNDEC",
        "EXPLICIT_IDS",
        "NOLOAD",
        "SERIALIZETOJSON",
        "IGNOREALLERRORS",
    }
)
_VALUED = frozenset(
    {
        "DELIMITER",
        "MAXERROR",
        "IGNOREHEADER",
        "TIMEFORMAT",
        "DATEFORMAT",
        "NULL",
        "QUOTE",
        "ENCODING",
        "REGION",
        "COMPROWS",
        "READRATIO",
    }
)
_SWITCHES = frozenset({"COMPUPDATE", "STATUPDATE"})
_WITH_COLUMNAR = frozenset(
    {"MANIFEST", "STATUPDATE", "EXPLICIT_IDS", "ACCEPTINVCHARS", "FILLRECORD", "SERIALIZETOJSON"}
)
_SIZED = frozenset({"MAXERROR", "IGNOREHEADER"})


@dataclass
class Copy:
    """``options``: names in capitals to their values, flags to an empty text."""

    table: Name
    columns: tuple[str, ...]
    source: str
    format: str = "TEXT"
    access: Access = NO_ACCESS
    options: dict[str, str] = field(default_factory=dict)

    def has(self, option: str) -> bool:
        """Whether the option is given."""
        return option in self.options

    def number(self, option: str) -> int:
        """The value of an option that is a number, 0 where it is not given."""
        return int(self.options.get(option, "0"))


def read_copy(cursor: Cursor) -> Copy:
    """The statement behind the word COPY. Raises RefusedError, also for what is not simulated."""
    table = cursor.qualified()
    columns = cursor.names() if cursor.word == "(" else ()
    cursor.expect("FROM")
    if cursor.word == "STDIN":
        raise refused("COPY FROM STDIN is not supported by Redshift", "0A000")
    copy = Copy(table, columns, cursor.string())
    if not copy.source.startswith("s3://"):
        raise refused("a source other than s3:// is not simulated", "0A000")
    while not cursor.done:
        _read_clause(cursor, copy)
    copy.access.check()
    _check(copy.format, copy.options)
    return copy


def _read_clause(cursor: Cursor, copy: Copy) -> None:
    access = read_access(cursor, copy.access)
    if access:
        copy.access = access
    elif cursor.word == "FORMAT" or cursor.word in _FORMATS:
        _read_format(cursor, copy)
    else:
        _read_option(cursor, copy)


def _read_format(cursor: Cursor, copy: Copy) -> None:
    if cursor.take("FORMAT"):
        cursor.take("AS")
    if cursor.word not in _FORMATS:
        cursor.fail()
    copy.format = cursor.next().word
    if copy.format in ("JSON", "AVRO"):
        cursor.take("AS")
        copy.options["JSONPATHS"] = cursor.string_or("auto")


def _read_option(cursor: Cursor, copy: Copy) -> None:
    option = cursor.word
    if option in _FLAGS:
        cursor.next()
        copy.options[option] = ""
    elif option in _SWITCHES:
        cursor.next()
        known = ("ON", "OFF", "TRUE", "FALSE", "PRESET")
        copy.options[option] = cursor.next().word if cursor.word in known else "ON"
    elif option == "ACCEPTINVCHARS":
        cursor.next()
        cursor.take("AS")
        copy.options[option] = cursor.string_or("?")
    elif option in _VALUED:
        cursor.next()
        cursor.take("AS")
        copy.options[option] = _value(option, cursor)
    else:
        cursor.fail()


def _value(option: str, cursor: Cursor) -> str:
    token = cursor.next()
    value = unquoted(token)
    if option in _SIZED and not value.isdigit():
        raise refused(f"{option} argument must be a number: {token.text}")
    return value


def _check(form: str, options: Mapping[str, str]) -> None:
    if unsimulated := _UNSIMULATED & {form, *options}:
        raise refused(f"{sorted(unsimulated)[0]} is not simulated", "0A000")
    if options.get("JSONPATHS", "auto") not in ("auto", "auto ignorecase", "noshred"):
        raise refused("JSONPaths files are not simulated", "0A000")
    if form == "PARQUET":
        for option in options:
            if option not in _WITH_COLUMNAR:
                raise refused(f"{option} argument is not supported for PARQUET based COPY", "0A000")
