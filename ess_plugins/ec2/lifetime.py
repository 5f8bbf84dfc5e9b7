"""A worker that ends itself: a systemd timer with an absolute time, which is kept over stop and start.

The instance is launched so that powering off terminates it.
"""

from datetime import UTC, datetime

FOLDER = "/etc/systemd/system"
NAME = "ess-expiry"

SERVICE = """\
[Unit]
Description=End this ess worker, whose time is over

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --no-block poweroff
"""


def timer(expires: datetime) -> str:
    """The timer unit; with Persistent a time that passed while the machine was off counts at the next boot.

    Source: https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html
    """
    return f"""\
[Unit]
Description=The time at which this ess worker ends

[Timer]
OnCalendar={expires.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC
AccuracySec=1s
Persistent=true
Unit={NAME}.service

[Install]
WantedBy=timers.target
"""


def script(expires: datetime) -> str:
    """A shell script for every boot that installs the units and starts the timer.

    It runs before systemd's own boot is through, hence ``--no-block``; and a timer that is new to a machine
    ignores a time that has passed already, hence the last line.
    """
    return f"""\
#!/bin/sh
# This worker powers off, and so is terminated, at {stamp(expires)}.
umask 022
cat > {FOLDER}/{NAME}.service <<'END'
{SERVICE}END
cat > {FOLDER}/{NAME}.timer <<'END'
{timer(expires)}END
systemctl daemon-reload
systemctl enable {NAME}.timer
systemctl --no-block start {NAME}.timer
[ "$(date +%s)" -lt {int(expires.timestamp())} ] || systemctl --no-block poweroff
"""


def stamp(expires: datetime) -> str:
    """The value of the ``ess:expires`` tag: ISO 8601, in UTC."""
    return f"{expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
