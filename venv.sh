# Makes .venv and installs this project into it, with what a plain machine has.
#
# Debian's python3 comes without ensurepip unless python3-venv is installed.  Then pip is taken from the
# machine's own pip, or run out of Debian's pip package, which is downloaded here and not installed.
set -eu

python=${PYTHON:-python3}
command -v "$python" >/dev/null || { echo "imagematrix: no $python here; install Python 3.11 or newer, or name one: make PYTHON=…" >&2; exit 3; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "imagematrix: $("$python" --version) is too old; Python 3.11 or newer is needed: make PYTHON=…" >&2
    exit 3
}

pip_from_debian() {
    folder=.venv/debian-pip
    mkdir -p "$folder"
    (
        cd "$folder"
        apt-get -qq download python3-pip-whl 2>/dev/null || { apt-get -qq update && apt-get -qq download python3-pip-whl; }
        dpkg-deb -x python3-pip-whl_*.deb .
    )
    wheel=$(echo "$folder"/usr/share/python-wheels/pip-*.whl)
    .venv/bin/python "$wheel/pip" install --quiet --no-index --find-links "$folder/usr/share/python-wheels" pip
    rm -r "$folder"
}

echo "making .venv" >&2
if ! "$python" -m venv --clear .venv >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv --without-pip .venv
    if "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip --python .venv/bin/python install --quiet pip
    elif command -v apt-get >/dev/null; then
        pip_from_debian
    else
        echo "imagematrix: $python has neither venv nor pip; install them (Debian: python3-venv)" >&2
        exit 3
    fi
fi
.venv/bin/python -m pip install -qq --require-hashes -r requirements.lock
.venv/bin/python -m pip install -qq --no-deps --no-build-isolation --no-index --editable .
