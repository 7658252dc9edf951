#!/bin/sh
# Makes the virtual environment $1 if there is none, and installs what the lock file $2 names.
set -eu
venv=$1
lock=$2
if [ ! -x "$venv/bin/python" ]; then
    if ! python3 -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq python3-venv
            python3 -m venv "$venv"
        else
            echo "Python's venv module is missing. Install it, then run make again:" >&2
            echo "    sudo apt-get install python3-venv" >&2
            exit 1
        fi
    fi
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$lock"
