"""Every hook, once."""

from ess_core.host import Command, hookimpl


@hookimpl
def ess_commands():
    yield Command("hello world", "ess_hello.commands:World", "Greet the world.")
    yield Command("instance hello", "ess_hello.commands:Nodes", "Greet every node.")


@hookimpl
def ess_command_options():
    return {"plugin list": "ess_hello.things:add_options"}


@hookimpl
def ess_config():
    greeting = {"type": "string", "default": "Hello", "meta": {"help": "what to say", "example": "Hi"}}
    return {"Hello": {"greeting": greeting}}


@hookimpl
def ess_datastores():
    return {"hello": "ess_hello.things:Store"}


@hookimpl
def ess_worker_providers():
    return {"hello": "ess_hello.things:Provider"}


@hookimpl
def ess_executors():
    return {"hello": "ess_hello.things:Executor"}


@hookimpl
def ess_cluster_events():
    return {
        "started": "ess_hello.things:greet",
        "before_remove": "ess_hello.things:greet",
        "ended": "ess_hello.things:greet",
    }


@hookimpl
def ess_checks():
    return {"greeting": "ess_hello.things:check_greeting"}


@hookimpl
def ess_formatters():
    return {"shout": "ess_hello.things:Shout"}


@hookimpl
def ess_iam():
    return {"hello world": [{"Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}]}


@hookimpl(optionalhook=True)
def ess_hook_of_a_later_version():
    return {}
