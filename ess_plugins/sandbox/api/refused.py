"""The exception by which a correction of moto refuses a call."""


class RefusedError(Exception):
    """The service refuses with its own error code, message and HTTP status."""

    def __init__(self, code: str, message: str, http: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http = http
