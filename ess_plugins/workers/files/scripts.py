"""What runs on the nodes: POSIX shell, which is given names in letters and digits for ``printf %b``."""

import shlex
from collections.abc import Iterable, Iterator

from ess_plugins.workers.guard import escaped

INCOMPLETE = 90
"""The exit code of PUT where the data ended early; the part stays."""
DAMAGED = 91
"""The exit code of PUT where the checksum is another; the part is gone."""

_RAW = r'raw() { r=$(printf "%b_" "$1"); r=${r%_}; }; '

_DIGEST = r"""has() { command -v "$1" >/dev/null 2>&1; }
digest() {
  if has sha256sum; then d=$(sha256sum)
  elif has shasum; then d=$(shasum -a 256)
  elif has openssl; then d=$(openssl dgst -sha256 -r)
  else d=$(python3 -c 'import hashlib, sys
made = hashlib.sha256()
for data in iter(lambda: sys.stdin.buffer.read(65536), b""): made.update(data)
print(made.hexdigest())')
  fi
  echo "${d%% *}"
}
has sha256sum || has shasum || has openssl || has python3 || {
  echo "it has none of sha256sum, shasum, openssl and python3" >&2; exit 1
}
"""

MKDIR = _RAW + 'bad=0; for name; do raw "$name"; mkdir -p "$r" || bad=1; done; exit $bad'

CHMOD = _RAW + 'while [ $# -gt 0 ]; do raw "$2"; chmod "$1" "$r" || exit 1; shift 2; done'

PUT = (
    _RAW
    + _DIGEST
    + rf"""raw "$1"; folder=$r; raw "$2"; final=$r; stem=$folder/$3; size=$4 sum=$5 mode=$6
part=$stem-$7.part
if [ -d "$final" ]; then echo "a folder of this name is there" >&2; exit 1; fi
if [ -f "$final" ] && [ "$(wc -c <"$final")" -eq "$size" ] && [ "$(digest <"$final")" = "$sum" ]; then
  chmod "$mode" "$final" && rm -f "$stem"-*.part && echo same; exit
fi
umask 077
if [ -L "$part" ]; then rm -f "$part"; fi
exec 9>>"$part" || exit 1
if has flock && ! {{ flock -n 9 && [ "$part" -ef /dev/fd/9 ]; }}; then
  echo "another ess sends it at this moment" >&2; exit 1
fi
have=$(($(wc -c <"$part")))
if [ $have -gt "$size" ]; then : >"$part"; have=0; fi
echo $have
cat >&9 || exit 1
[ "$(wc -c <"$part")" -eq "$size" ] || exit {INCOMPLETE}
came=$(digest <"$part")
[ "$came" ] || exit 1
[ "$came" = "$sum" ] || {{ rm -f "$part"; exit {DAMAGED}; }}
chmod "$mode" "$part" && mv -f "$part" "$final" && rm -f "$stem"-*.part
"""
)
"""Args: folder, file, stem and end of the part's name, size, sha256 and mode of the file; stdin: its data.

Says ``same`` where the file is there already, else how much of it is, and takes the rest.
"""

_ONE = (
    _DIGEST
    + r"""for f; do
  if [ ! -f "$f" ]; then continue; fi
  if [ ! -r "$f" ]; then printf "0 0 - %s\0" "$f"; continue; fi
  stat=$(stat -Lc "%s %a" "$f")
  printf "%s %s %s\0" "$stat" "$(head -c "${stat% *}" "$f" | digest)" "$f"
done
"""
)

LIST = (
    _RAW
    + f"one={shlex.quote(_ONE)}"
    + r"""
IFS=
bad=0
for pattern; do
  raw "$pattern"; found=
  for f in $r; do
    if [ -d "$f" ]; then found=1; find -H "$f" \( -type f -o -type l \) -exec sh -c "$one" sh {} + || bad=1
    elif [ -e "$f" ]; then found=1; sh -c "$one" sh "$f" || bad=1
    fi
  done
  [ "$found" ] || printf "0 0 ? %s\0" "$r"
done
exit $bad
"""
)
"""Args: patterns. Says size, mode, sha256 and name of each file, with NUL after each.

The sha256 is ``-`` for one that cannot be read, and ``?`` for a pattern that matches nothing.
"""

FETCH = _RAW + 'raw "$1"; exec <"$r" || exit 1; tail -c +$(($2 + 1)) | head -c "$3"'
"""Args: file, where to begin, how many bytes."""

_LONGEST_BYTES = 60_000
"""Of the arguments of one command line; Linux takes 128 KiB, of which every byte may be four."""


def line(script: str, *words: str) -> str:
    """The command line that runs ``script`` with ``words``, names in which have been through ``name``."""
    return "exec " + shlex.join(["sh", "-c", script, "ess", *words])


def name(path: str) -> str:
    """A path as a word of these scripts; never one that begins with ``-``."""
    return escaped(path if path.startswith("/") else f"./{path}")


def batches(words: Iterable[tuple[str, ...]]) -> Iterator[list[str]]:
    """Words for several command lines, none of them too long; those of one tuple stay together."""
    batch: list[str] = []
    size = 0
    for several in words:
        size += sum(len(word) for word in several)
        if batch and size > _LONGEST_BYTES:
            yield batch
            batch, size = [], sum(len(word) for word in several)
        batch += several
    if batch:
        yield batch
