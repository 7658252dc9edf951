#!/bin/sh
# Installs what a window needs on a Debian machine that has none of it: Mesa's OpenGL and the keyboard library.
# Does nothing where there is no display, on other systems, or where everything is there.
set -eu
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || exit 0
command -v dpkg-query >/dev/null || exit 0
missing=
for package in libgl1 libegl1 libgl1-mesa-dri libxkbcommon-x11-0; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq $missing
else
    echo "The window needs packages that are missing. Install them, then run make again:" >&2
    echo "    sudo apt-get install$missing" >&2
    exit 1
fi
