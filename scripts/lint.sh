#!/usr/bin/env bash
# Everything that can be said about the code without running it (make lint). All checks run; any 'no' fails.
set -uo pipefail
: "${VENV:=.venv}"
python="$VENV/bin/python"
DATA_DIR=$(mktemp -d "${TMPDIR:-/tmp}/exam-ops-lint.XXXXXX")
export DATA_DIR DATABASE_URL="sqlite:///$DATA_DIR/portal.sqlite3" REDIS_URL= PRODUCTION=0 DEBUG=0
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

check "style" "$VENV/bin/ruff" check --quiet --output-format concise .
check "format" "$VENV/bin/ruff" format --check --quiet --output-format concise .
check "types" "$VENV/bin/mypy"
check "templates" templates
check "floors" "$VENV/bin/lint-imports" --no-logo
check "django" "$python" manage.py check
check "migrations" "$python" manage.py makemigrations --check --dry-run
check "translations" translations
[ -z "$failed" ]
