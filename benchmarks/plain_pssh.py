"""One command on many hosts by parallel-ssh: ``plain_pssh.py HOSTS PEM PORT COMMAND``, run by its own Python.

Its client on libssh2 dies on this machine while it reads a key (SIGABRT, with ssh2-python 1.2.0.post1 and
1.1.2), so this is its other one, on libssh.
"""

import sys
from pathlib import Path

from pssh.clients.ssh import ParallelSSHClient  # type: ignore[import-not-found]


def main(hosts: str, pem: str, port: str, command: str) -> int:
    """Print each line with its host; 1 where a host failed."""
    names = Path(hosts).read_text(encoding="utf-8").split()
    client = ParallelSSHClient(names, user="ec2-user", pkey=pem, port=int(port), pool_size=len(names))
    outputs = client.run_command(command, stop_on_errors=False)
    for output in outputs:
        for line in output.stdout or ():
            print(f"{output.host}: {line}")
    client.join(outputs)
    return int(any(output.exception or output.exit_code for output in outputs))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
