"""What moto's S3 gets wrong: a key with a line break is no path to it."""

from typing import Any

from moto.moto_server import werkzeug_app
from moto.moto_server.utilities import RegexConverter


class AnyTextConverter(RegexConverter):
    """Part of a path in which ``.`` stands for any character, a line break too."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.regex = f"(?s:{self.regex})"


def install() -> None:
    """Correct moto's classes, which it gives no way to replace."""
    werkzeug_app.RegexConverter = AnyTextConverter  # type: ignore[attr-defined]
