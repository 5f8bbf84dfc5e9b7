"""How many files a process may have open: each node that it talks with takes some."""

import resource

MOST = 8192
"""Where there is no limit, some systems still refuse more than 10,240."""


def allow() -> None:
    """Take as many as the system gives us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
