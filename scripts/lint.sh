#!/usr/bin/env bash
# Everything that can be said about the code without running it (make lint). All checks run; any 'no' fails.
set -uo pipefail
: "${VENV:=.venv}"
python="$VENV/bin/python"
unset DATABASE_URL REDIS_URL PRODUCTION
DATA_DIR=$(mktemp -d "${TMPDIR:-/tmp}/exam-ops-lint.XXXXXX")
export DATA_DIR
trap 'rm -rf "$DATA_DIR"' EXIT
failed=

check() { # check NAME CMD…: quiet when all is well
    local name=$1 began=$SECONDS output
    shift
    if output=$("$@" 2>&1); then
        printf 'ok    %-14s %3d s\n' "$name" $((SECONDS - began))
    else
        printf 'FAIL  %-14s %3d s\n%s\n' "$name" $((SECONDS - began)) "$output"
        failed=yes
    fi
}

templates() {
    local found
    mapfile -t found < <(git ls-files --cached --others --exclude-standard -- '*/templates/*.html' 'templates/*.html')
    [ ${#found[@]} = 0 ] || "$VENV/bin/djade" --check "${found[@]}"
}

translations() {
    scripts/system_packages.sh gettext && "$python" scripts/missing_translations.py
}

check "style" "$VENV/bin/ruff" check --quiet .
check "format" "$VENV/bin/ruff" format --check --quiet .
check "types" "$VENV/bin/mypy"
check "templates" templates
check "floors" "$VENV/bin/lint-imports" --no-logo
check "django" "$python" manage.py check
check "migrations" "$python" manage.py makemigrations --check --dry-run
check "translations" translations
[ -z "$failed" ]
