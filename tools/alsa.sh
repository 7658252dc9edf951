#!/bin/sh
# Installs what the feature `sound` needs to build on a Debian machine: ALSA's headers and pkg-config. Does nothing where they are there.
set -eu
pkg-config --exists alsa 2>/dev/null && exit 0
command -v dpkg-query >/dev/null || exit 0
if [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    apt-get install -y -qq libasound2-dev pkg-config
else
    echo "The feature sound needs packages that are missing. Install them, then run make again:" >&2
    echo "    sudo apt-get install libasound2-dev pkg-config" >&2
    exit 1
fi
