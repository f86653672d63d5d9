#!/bin/sh
# lock.sh [--upgrade]: requirements/*.txt from pyproject.toml: pinned, hashed, and without any registry's address.
set -eu
uv --version >/dev/null 2>&1 || {
    echo "lock: uv is missing; install it with: pip install uv" >&2
    exit 1
}
lock() {
    target=$1
    shift
    uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --no-annotate --output-file "$target" "$@" pyproject.toml >/dev/null
}
lock requirements/base.txt "$@"
lock requirements/s3.txt --extra s3 "$@"
lock requirements/ocr.txt --extra ocr --extra s3 "$@"
lock requirements/dev.txt --extra dev "$@"
