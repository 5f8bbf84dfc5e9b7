"""What a plugin can give, and when it is asked.

A plugin is a module named by an entry point of the group ``ess.plugins``. Its functions marked
``@hookimpl`` are each called once at start-up, without arguments, in the order below. They declare and
compute nothing: what they name as ``"module:attribute"`` is imported when it is used, so that a plugin
costs nothing until then. A function that raises, or returns something else than documented here, turns
its whole plugin off with one line on stderr.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pluggy

hookspec = pluggy.HookspecMarker("ess")
hookimpl = pluggy.HookimplMarker("ess")

TARGET = re.compile(r"[A-Za-z_]\w*(\.\w+)*:[A-Za-z_]\w*", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*( [a-z0-9][a-z0-9-]*)*", re.ASCII)


@dataclass(frozen=True)
class Command:
    """A command as data, so that listing it imports nothing."""

    name: str
    """What the user types after ``ess``: words of a-z, 0-9 and ``-``, one space between them."""
    target: str
    """``module:Class``, a subclass of one in ``ess_core.host.command``; imported when the command runs."""
    summary: str
    """One line for the lists of commands; equal to the first line of the class's docstring."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"command name {self.name!r} is not lower-case words")
        if not TARGET.fullmatch(self.target):
            raise ValueError(f"target {self.target!r} of command '{self.name}' is not 'module:Class'")
        if not self.summary.strip() or not self.summary.isprintable():
            raise ValueError(f"summary of command '{self.name}' is not one line of text")


class Hooks(Protocol):
    """Every hook, in the order in which the host calls them."""

    @hookspec
    def ess_commands(self) -> Iterable[Command]:
        """Add commands.

        Return or yield :class:`Command` records. A name that equals, extends or begins the name of another
        plugin's command is refused; the plugin's other commands stay. New commands inside another's group
        (``instance ec2 …``) are welcome.

        Example::

            from ess_core.host import Command, hookimpl

            @hookimpl
            def ess_commands():
                yield Command("hello world", "hello.commands:World", "Greet the world.")
        """

    @hookspec
    def ess_command_options(self) -> Mapping[str, str]:
        """Add options to commands of other plugins.

        Return ``{command name: "module:function"}``. When that command runs, ``function(group)`` gets a
        group of its argument parser and adds options; their values are in the arguments that the command
        hands on. Only optional options with names and destinations of their own are taken.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_command_options():
                return {"plugin list": "hello.options:add"}

            # hello/options.py
            def add(group):
                group.add_argument("--hello", action="store_true", help="Greet every worker.")
        """

    @hookspec
    def ess_config(self) -> Mapping[str, Mapping[str, Any]]:
        """Add sections to instance.conf.

        Return ``{section: cerberus schema}``. The schema is checked when a file is first read; a key that
        is not in it is an error in the file. ``meta`` may hold ``help`` and ``example`` for `ess config
        init`.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_config():
                greeting = {"type": "string", "default": "Hello", "meta": {"help": "what to say"}}
                return {"Hello": {"greeting": greeting}}
        """

    @hookspec
    def ess_datastores(self) -> Mapping[str, str]:
        """Add places where files live.

        Return ``{URL scheme: "module:Class"}``. ``Class(url, cloud)`` follows ``ess_core.files.Datastore``:
        it has ``url`` and the methods ``list``, ``stat``, ``open``, ``put`` and ``delete``. It is made by
        ``ess_core.files.open_datastore(url, cloud)``, where ``cloud`` is AWS with the user's credentials. A
        function that returns one will do as well. One that can list a single level quickly has ``level`` too
        (``ess_core.files.levels``), and one that can delete many files at once ``delete_all``
        (``ess_core.files.removing``); ``ess_core.files.prefixed`` makes a folder of one a datastore. The
        module may be imported in one process that others are then forked from: what a process must have of
        its own, such as a connection, is to be made where it is first used.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_datastores():
                return {"hello": "hello.store:Store"}

            # hello/store.py
            class Store:
                def __init__(self, url, cloud):
                    self.url = url.rstrip("/")
        """

    @hookspec
    def ess_worker_providers(self) -> Mapping[str, str]:
        """Add sources of workers.

        Return ``{provider name: "module:Class"}``; ``Class(conf, cloud).workers()`` returns a list of
        ``ess_core.nodes.Worker``. It is asked when its cluster is the active one.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_worker_providers():
                return {"hello": "hello.workers:Provider"}
        """

    @hookspec
    def ess_executors(self) -> Mapping[str, str]:
        """Add ways to run tasks on workers.

        Return ``{provider name: "module:Class"}``: where that provider's cluster is the active one, tasks run
        with ``Class(context, threads, here)``, which follows ``ess_core.nodes.executors.Executor``: a context
        manager with ``map(fn, items, retries, window)``, ``run_all(fn)`` and ``close()``. ``context`` has
        ``conf``, ``cloud`` and ``say``; ``here()`` is the executor of this machine, for what cannot be done
        elsewhere. Without one, tasks run in processes of this machine.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_executors():
                return {"hello": "hello.executor:Executor"}
        """

    @hookspec
    def ess_cluster_events(self) -> Mapping[str, str]:
        """Be called when a cluster changes.

        Return ``{event: "module:function"}``; the events are ``started`` (workers have joined and can be
        logged in to), ``before_remove`` (workers are about to leave) and ``ended`` (workers are gone). Every
        plugin's function is called, in the order the plugins were loaded, with an
        ``ess_core.nodes.events.Change``: it has the ``cluster``, the ``workers`` concerned, whether the
        cluster ``is_over``, the ``options`` of the command, and ``say``. One that raises is named, and the
        command goes on; after ``PartlyDoneError`` in ``started``, `create` ends with 3.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_cluster_events():
                return {"started": "hello.events:greet"}
        """

    @hookspec
    def ess_checks(self) -> Mapping[str, str]:
        """Add checks to `ess doctor`.

        Return ``{check name: "module:function"}``. ``function(case)`` gets a
        ``ess_core.cloud.checkup.Case``, which has ``conf`` and ``cloud``, and returns one line that says what
        is in order; it raises ``EssError``, with a hint, where something is not. ``@needs("credentials")``
        skips it where that check failed; a ``Finding`` of status NOTE says what is worth knowing only.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_checks():
                return {"greeting": "hello.checks:greeting"}
        """

    @hookspec
    def ess_formatters(self) -> Mapping[str, str]:
        """Add output formats for ``-f``.

        Return ``{format name: "module:Class"}``. The class, made without arguments, follows cliff's
        ``ListFormatter`` or ``SingleFormatter``: ``add_argument_group(parser)`` and ``emit_list`` or
        ``emit_one``. It is imported when its format is asked for.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_formatters():
                return {"shout": "hello.formats:Shout"}
        """

    @hookspec
    def ess_iam(self) -> Mapping[str, Iterable[Mapping[str, Any]]]:
        """Say which permissions each command needs.

        Return ``{command name: [IAM statement, …]}``; a statement has ``Action``, ``Resource`` and, where
        it helps, ``Condition``, as in an IAM policy that allows. ``ess config policy`` merges them. For
        checks, the command is ``doctor``.

        Example::

            from ess_core.host import hookimpl

            @hookimpl
            def ess_iam():
                return {"hello world": [{"Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}]}
        """
