"""Which plugins instance.conf turns off; every run asks, so it imports little."""

from ess_core.conf.find import NO_OVERRIDES, Overrides, find
from ess_core.conf.schema import PLUGINS
from ess_core.conf.text import read_text, shown
from ess_core.errors import ConfigError


def blocked_plugins(overrides: Overrides = NO_OVERRIDES) -> list[str]:
    """The names in ``[plugins] block``, read before plugins are; a file that is wrong blocks nothing yet."""
    try:
        path = find(overrides)
        text = read_text(path) if path else ""
        if path is None or PLUGINS not in text:
            return []
        from ess_core.conf.parse import parse

        block = parse(text, shown(path))[PLUGINS].values["block"].text
    except (ConfigError, KeyError):
        return []
    return [name.strip() for name in block.replace("\n", ",").split(",") if name.strip()]
