#!/bin/sh
# setup.sh base|dev STAMP: the environment from requirements/$1.txt; STAMP is touched when it stands.
set -eu
what=$1
stamp=$2
: "${PYTHON:=python3}" "${VENV:=.venv}"

say() { echo "setup: $*" >&2; }
have_uv() { uv --version >/dev/null 2>&1; }

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3.12 …"
    exit 1
}

# An environment whose interpreter is gone (moved folder, removed Python) is made again.
if ! "$VENV/bin/python" -c '' 2>/dev/null; then
    rm -rf "$VENV"
    if "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        "$PYTHON" -m venv "$VENV"
    elif have_uv; then
        uv --quiet venv --seed --python "$PYTHON" "$VENV"
    else
        version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "this Python cannot make environments: install the package python$version-venv (as root: apt-get install python$version-venv)"
        exit 1
    fi
fi

say "installing requirements/$what.txt into $VENV …"
if have_uv; then
    uv --quiet pip install --python "$VENV/bin/python" --require-hashes --requirement "requirements/$what.txt"
else
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "requirements/$what.txt"
fi
rm -f "$VENV/.$what-"*
touch "$stamp"
