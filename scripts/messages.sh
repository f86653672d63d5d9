#!/bin/sh
# messages.sh: collect the sentences of this tree into locale/en/LC_MESSAGES/django.po (make messages).
set -eu
: "${VENV:=.venv}"
mkdir -p locale/en/LC_MESSAGES
"$VENV/bin/python" -m django makemessages --verbosity 0 --locale en --no-location --no-wrap --no-obsolete \
    --ignore "$VENV" --ignore var --ignore node_modules --ignore tests --ignore static
