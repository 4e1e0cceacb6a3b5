#!/bin/sh
# Makes the developers' environment in .venv, or mends it; says nothing and takes no time when it is as it should be.
# An install that was interrupted, a checkout that was moved, a Python that was removed: the next call puts it right.
set -eu
cd "$(dirname "$0")/.."

wanted=${PYTHON:-}
checkout=$(pwd -P)
python=.venv/bin/python
origin='import sys; print(sys.base_prefix, sys.version)'
supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

fail() {
    echo "$1" >&2
    exit 1
}

runs() {
    "$1" -c "$supported" >/dev/null 2>&1
}

# What .venv/installed must say for everything to be in place: for which checkout, and from which files.
state() {
    echo "$checkout"
    cksum setup.cfg pyproject.toml packaging/without-torch.txt packaging/make_environment.sh
}

# Whether .venv was made from the Python that the caller asked for.
is_wanted() {
    [ -z "$wanted" ] || [ "$($python -c "$origin")" = "$("$wanted" -c "$origin" 2>/dev/null)" ]
}

find_python() {
    if [ -n "$wanted" ]; then
        runs "$wanted" || fail "PYTHON=$wanted is not a Python 3.11, 3.12 or 3.13 that runs."
        echo "$wanted"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if runs "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one (macOS: brew install python@3.13;
Debian and Ubuntu: apt install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3"
}

# An environment that an install can start from: it runs, belongs here, and no install was cut off in it.
# (Scripts in .venv/bin name the folder they were installed in, so an environment cannot move with its checkout.)
is_usable() {
    runs $python && .venv/bin/uv --version >/dev/null 2>&1 && is_wanted &&
        [ "$(cat .venv/checkout 2>/dev/null)" = "$checkout" ] && [ ! -e .venv/installing ]
}

make_venv() {
    found=$(find_python)
    echo "Making the environment in .venv with $("$found" -V) ..."
    rm -rf .venv
    if problem=$("$found" -m venv .venv 2>&1); then
        $python -m pip install -qq --disable-pip-version-check uv || fail "uv cannot be installed; the reason stands above."
    elif rm -rf .venv && command -v uv >/dev/null 2>&1; then
        # Debian and Ubuntu ship Python without the part that puts pip into a new environment; uv does without it.
        uv venv --quiet --python "$found" .venv
        uv pip install --quiet --python $python uv
    else
        echo "$problem" >&2
        fail "$found cannot make an environment. On Debian and Ubuntu: apt install python3-venv; then run make again."
    fi
    echo "$checkout" >.venv/checkout
}

is_usable && [ "$(cat .venv/installed 2>/dev/null)" = "$(state)" ] && exit 0

is_usable || make_venv
echo "Installing what the project needs; the first time this takes a minute or two ..."
rm -f .venv/installed
: >.venv/installing
quiet=
[ -t 2 ] || quiet=--quiet
# shellcheck disable=SC2086 # an empty option must vanish
if .venv/bin/uv pip install $quiet --python $python --override packaging/without-torch.txt --editable '.[test]'; then
    rm .venv/installing
    state >.venv/installed
else
    rm .venv/installing
    fail "The environment is not complete; the reason stands above. The next make goes on from here."
fi
