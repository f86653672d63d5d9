#!/usr/bin/env bash
# The whole suite (make test). Three runners; each ends in pytest's own closing line, and all of them run.
#   SQLite               everything but what needs servers or a browser
#   PostgreSQL + Redis   what touches the database, again (but the permission matrix), with a real Celery worker
#   Chromium             the journeys in a browser, on the same PostgreSQL + Redis
# PYTEST_ARGS is handed to each of them (`-k name`, `-x` …); RUNNERS picks some ("sqlite", "services", "browser").
set -uo pipefail
: "${VENV:=.venv}" "${PYTEST_ARGS:=}" "${RUNNERS:=sqlite services browser}"
python="$VENV/bin/python"

# Neither this shell's settings nor a .env beside the code may reach the tests.
unset PYTHONDONTWRITEBYTECODE SECRET_KEY SECRET_KEY_FALLBACKS FIELD_KEYS BLIND_INDEX_KEY EVIDENCE_KEY CSRF_TRUSTED_ORIGINS
DATA_DIR=$(mktemp -d "${TMPDIR:-/tmp}/exam-ops-test.XXXXXX")
trap 'rm -rf "$DATA_DIR"' EXIT
export DATA_DIR DATABASE_URL="sqlite:///$DATA_DIR/portal.sqlite3" REDIS_URL= PRODUCTION=0 DEBUG=0
export SECURE_SSL_REDIRECT=0 TRUSTED_PROXIES= ALLOWED_HOSTS="localhost,127.0.0.1,[::1],testserver" LOG_LEVEL=WARNING

# These ask nothing of the database that differs there: one run of them is enough. The permission matrix goes
# through the one door of core/access.py, which tests/core/test_access.py asks on both; the pages are walked on
# PostgreSQL in the browser; a workbook's errors are found before anything is written; the API is held to its schema
# whatever stores the rows. Tests without a database are left out by tests/conftest.py.
once=(--ignore=tests/permissions --ignore=tests/workbench --ignore=tests/office/test_load_errors.py
    --ignore=tests/api/test_schema.py --ignore=tests/journeys/test_plan_load.py "--ignore-glob=tests/*/test_*page*.py")

runner() { # runner NAME CMD…
    local name=$1 began=$SECONDS code=0
    shift
    echo "== $name"
    "$@" || code=$?
    [ "$code" = 5 ] && code=0 # pytest: nothing selected (PYTEST_ARGS)
    echo "== $name: exit $code after $((SECONDS - began)) s"
    [ "$code" = 0 ] || failed="$failed [$name]"
}

# Beside servers the database is migrated once; each worker of pytest has a copy of it.
beside() { # beside CMD…
    "$python" -m tests.services run --fast -- sh -c '"$0" -m tests.migrated migrated && TEST_TEMPLATE=migrated exec "$@"' \
        "$python" "$@"
}

pytest=("$python" -m pytest --durations=10 --durations-min=3)
# shellcheck disable=SC2206 # several words on purpose
more=($PYTEST_ARGS)
failed=

for which in $RUNNERS; do
    case $which in
    sqlite)
        runner "SQLite" "${pytest[@]}" tests -n 2 --dist loadfile -m "not postgres_only and not services and not browser" \
            "${more[@]+"${more[@]}"}"
        ;;
    services) # four at once: tests with real processes, which come first, wait more than they work
        runner "PostgreSQL + Redis" beside "${pytest[@]}" tests -n 4 --dist loadfile \
            --no-loadscope-reorder \
            "${once[@]}" -m "not sqlite_only and not browser" "${more[@]+"${more[@]}"}"
        ;;
    browser)
        scripts/system_packages.sh chromium fonts || { failed="$failed [Chromium]" && continue; }
        runner "Chromium" beside "${pytest[@]}" tests/browser \
            -n 2 --dist load -m browser "${more[@]+"${more[@]}"}"
        ;;
    *)
        echo "test: unknown runner: $which" >&2
        exit 2
        ;;
    esac
done

[ -z "$failed" ] || { echo "Failed:$failed" >&2 && exit 1; }
