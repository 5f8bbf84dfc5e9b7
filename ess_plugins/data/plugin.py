"""What the data plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl
from ess_plugins.data import schema

_COMMANDS = "ess_plugins.data.commands"


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command("cache clear", f"{_COMMANDS}.cache:Clear", "Remove all cleaned parts from the cache.")
    yield Command("cache status", f"{_COMMANDS}.cache:Status", "Show what the cache of cleaned parts takes.")
    yield Command("cat", f"{_COMMANDS}.cat:Cat", "Print files of a datastore, one after the other.")
    yield Command(
        "category add", f"{_COMMANDS}.category_add:CategoryAdd", "Group files by patterns into a category."
    )
    yield Command(
        "category change", f"{_COMMANDS}.category_change:CategoryChange", "Change a property of a category."
    )
    yield Command(
        "category copy",
        f"{_COMMANDS}.category_list:CategoryCopy",
        "Keep a category under another name too, to change it there.",
    )
    yield Command(
        "category delete",
        f"{_COMMANDS}.category_list:CategoryDelete",
        "Forget categories; their files stay.",
    )
    yield Command(
        "category export",
        f"{_COMMANDS}.category_text:CategoryExport",
        "Print categories as text that people can read, compare and keep in git.",
    )
    yield Command(
        "category import",
        f"{_COMMANDS}.category_text:CategoryImport",
        "Add the categories of a text that `ess category export` wrote, all or none.",
    )
    yield Command(
        "category list",
        f"{_COMMANDS}.category_list:CategoryList",
        "Show the categories, with the figures of the last time their files were listed.",
    )
    yield Command(
        "category rejects",
        f"{_COMMANDS}.category_rejects:CategoryRejects",
        "Show the rows of a category that do not fit its columns, and why.",
    )
    yield Command("ls", f"{_COMMANDS}.ls:Ls", "List the files of a datastore.")
    yield Command("lsa", f"{_COMMANDS}.lsa:Lsa", "List what is in an archive of a datastore.")
    yield Command(
        "probe", f"{_COMMANDS}.probe:Probe", "Show what a file is: compression, format, columns, rows."
    )
    yield Command("purge", f"{_COMMANDS}.purge:Purge", "Forget a datastore; its files stay.")
    yield Command("query", f"{_COMMANDS}.query:Query", "Ask in SQL what is in the files of categories.")
    yield Command(
        "repository",
        f"{_COMMANDS}.repository:Repository",
        "Show the selected datastores and how much is in them.",
    )
    yield Command("select", f"{_COMMANDS}.select:Select", "Choose the datastore that other commands work on.")
    yield Command(
        "stream",
        f"{_COMMANDS}.stream:Stream",
        "Run every file of a category, decompressed, through a shell command.",
    )
    yield Command("summary", f"{_COMMANDS}.summary:Summary", "Show the categories, or one in depth.")


@hookimpl
def ess_config() -> Mapping[str, Any]:
    return {"Data": schema.SECTION}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    """What a datastore in a bucket needs; of one elsewhere, its plugin says more.

    Where `stream --s3out` may write, only the user can say.
    """
    keys = {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]}
    objects = {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::*/*"]}
    return {
        "cat": [keys, objects],
        "category add": [keys, objects],
        "category change": [keys, objects],
        "category rejects": [keys, objects],
        "ls": [keys],
        "lsa": [objects],
        "probe": [keys, objects],
        "query": [keys, objects],
        "repository": [keys],
        "select": [keys],
        "stream": [keys, objects],
        "summary": [keys],
    }
