"""Errors by meaning; the host maps each to its exit code and prints one line."""


class EssError(Exception):
    """Something failed, and the reason is known.

    ``message`` says what failed and why on one line; ``hint`` says what to type next, or is empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EssError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(UsageError):
    """instance.conf, the credential CSV or the pem file is wrong."""


class PartlyDoneError(EssError):
    """Some workers or files are done and some are not; what is not has been listed."""

    exit_code = 3


class NothingMatchedError(EssError):
    """The question was fine, and nothing answers it."""

    exit_code = 4
