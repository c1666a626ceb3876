#!/bin/sh
# Installs what a target needs, and nothing twice: Debian's packages, then a virtual environment in .venv, compiled.
# Usage: requirements/install.sh run|dev
set -eu
umask 022 # the local cloud's tasks run as another user, with this environment's interpreter
cd "$(dirname "$0")/.."
want=$1
venv=.venv

say() { printf '%s\n' "$*" >&2; }

missing=""
need() { # program, package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need haproxy haproxy
need nginx nginx
need redis-server redis-server
need /usr/lib/postgresql/15/bin/postgres postgresql-15
need setpriv util-linux
need unshare util-linux
if [ "$want" = dev ]; then # the tests build the app's image and run it
    need buildah buildah
    need mmdebstrap mmdebstrap
    need runc runc
    need skopeo skopeo
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
fi

if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "These programs are missing and installing them needs root:"
        say "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing"
        say "Run that line, then make again."
        exit 3
    fi
    say "installing Debian packages:$missing"
    # No server is to start by itself, and no database cluster to be made: the local cloud starts its own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        trap 'rm -f $policy' EXIT
    fi
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \
            install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
        tail -20 "$log" >&2
        say "apt-get failed (above); its whole output is in $log"
        exit 1
    fi
    rm -f "$log"
fi

python=""
for candidate in python3.11 python3.12 python3; do
    if command -v $candidate >/dev/null 2>&1 &&
        $candidate -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "Python 3.11 or 3.12 with venv is missing: sudo apt-get install -y python3 python3-venv"
    exit 3
fi

stamp=$venv/.installed-$want
sum=$(cat requirements/*.lock pyproject.toml | cksum)
if [ "$(cat $stamp 2>/dev/null)" != "$sum" ]; then
    say "installing Python packages into $venv ($want)"
    [ -x $venv/bin/python ] || $python -m venv $venv
    [ -x $venv/bin/uv ] || $venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/installer.lock
    $venv/bin/uv pip install -q --python $venv/bin/python --compile-bytecode --require-hashes -r requirements/"$want".lock
    $venv/bin/uv pip install -q --python $venv/bin/python --no-deps --no-build-isolation -e .
    echo "$sum" >$stamp
fi
# In place of the script that the installer writes: that one heeds PYTHONPATH and the like.
cp requirements/breiqctl $venv/bin/breiqctl.new
chmod 755 $venv/bin/breiqctl.new
mv $venv/bin/breiqctl.new $venv/bin/breiqctl
# Our own modules too: a command that compiles itself at each start is two to three times slower.
$venv/bin/python -m compileall -q -j 0 estate infra components policies provisioner localcloud aws operations review releases dr breiqctl app
