#!/bin/sh
# system_packages.sh WHAT…: see that chromium, fonts (Chinese), gettext, faketime, wrk are on this machine.
# Missing ones come by apt-get where this may use it; elsewhere one line says what to install. Quiet when all stand.
# For chromium its headless shell is fetched, which costs a third less; a whole browser serves where none is had.
set -eu

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get; }
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

present() {
    case $1 in
    chromium) command -v chromium-headless-shell || { ! may_install && browser; } ;;
    fonts) [ "$(uname)" = Darwin ] || fc-list :lang=zh family 2>/dev/null | grep . ;;
    gettext) command -v xgettext && command -v msgmerge ;;
    faketime) command -v faketime ;;
    wrk) command -v wrk ;;
    *) echo "system_packages: unknown: $1" >&2 && exit 2 ;;
    esac >/dev/null
}

missing=
for what in "$@"; do
    present "$what" && continue
    case $what in
    fonts) what=fonts-noto-cjk ;;
    chromium) what=chromium-headless-shell ;;
    esac
    missing="$missing $what"
done
[ -z "$missing" ] && exit 0

if ! may_install >/dev/null; then
    echo "system_packages: please install:$missing (Debian, Ubuntu: sudo apt-get install$missing)" >&2
    exit 1
fi
echo "system_packages: installing$missing …" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the words of $missing are package names
if ! { apt-get -q update && apt-get -qy install --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    [ "$missing" = " chromium-headless-shell" ] && browser >/dev/null && exit 0
    tail -5 "$log" >&2
    echo "system_packages: apt-get could not install:$missing" >&2
    exit 1
fi
