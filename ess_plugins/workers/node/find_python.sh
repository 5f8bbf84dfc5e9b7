# Say how far this node is prepared: find_python.sh DIGEST VERSION
# Where it is not prepared for DIGEST, find Python VERSION (such as 3.12), else get it: from the system's package
# manager, else with uv. What is known is written as lines `ess:NAME VALUE`, and what was tried to a log.
set -u
digest=$1 version=$2
root=$HOME/.ess/node
umask 077
mkdir -p "$root/log" || exit 1
log=$root/log/python.log

tell() { echo "ess:$1 $2"; }

works() {
    "$1" -c 'import sys, bz2, ctypes, lzma, sqlite3, ssl, venv, zlib
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$version" 2>>"$log"
}

found() {
    for each in "python$version" python3 python "$(cat "$root/python-of-uv" 2>/dev/null)"; do
        path=$(command -v "$each" 2>/dev/null) || continue
        if works "$path"; then
            python=$path
            return 0
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

from_system() {
    if command -v dnf; then
        as_root dnf -y install "python$version"
    elif command -v yum; then
        as_root yum -y install "python$version"
    elif command -v apt-get; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -y update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -y install "python$version" "python$version-venv" ||
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -y install "python$version"
    else
        return 1
    fi
}

fetch() {
    if command -v curl >/dev/null; then curl -LsSf "$1"; else wget -qO- "$1"; fi
}

# The installer is run as a file and not from a pipe, so that half of one is never run.
from_uv() {
    uv=$(command -v uv) || uv=$root/uv/uv
    if ! [ -x "$uv" ]; then
        fetch https://astral.sh/uv/install.sh >"$root/uv-installer" &&
            env UV_INSTALL_DIR="$root/uv" UV_NO_MODIFY_PATH=1 sh "$root/uv-installer" || return 1
    fi
    UV_PYTHON_INSTALL_DIR=$root/python
    export UV_PYTHON_INSTALL_DIR
    "$uv" python install "$version" && "$uv" python find "$version" >"$root/python-of-uv"
}

tell address "$(echo "${SSH_CONNECTION:-}" | cut -d' ' -f3)"
tell keys "$(cat "$root/tls/for" 2>/dev/null)"
if [ -f "$root/$digest/ready" ]; then
    tell ready yes
    exit 0
fi
tell ready no
if ! found; then
    from_system </dev/null >>"$log" 2>&1
    found || { from_uv </dev/null >>"$log" 2>&1 && found; } || {
        tell tried "$(tail -n 1 "$log" | cut -c 1-200)"
        exit 0
    }
fi
tell python "$python"
tell platform "$("$python" -c 'import os, sys, sysconfig
libc = "glibc" if "gnu" in str(sysconfig.get_config_var("HOST_GNU_TYPE") or "gnu") else "musl"
print("%s-%d.%d-%s-%s" % (sys.implementation.name, *sys.version_info[:2], os.uname().machine, libc))')"
