# shellcheck shell=bash
# Sourced by the scripts beside it: finds Python, makes .venv, installs what requirements.lock names.
# Leaves $ROOT (the checkout, also the working directory) and $VENV. A second run costs milliseconds.
# Works in bash 3.2 (macOS) and with nothing installed but Python 3.11 or later.
# pip's own settings (PIP_*, pip.conf) apply: this file knows of no package registry.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
cd "$ROOT" || exit 1

_bootstrap_fail() {
  printf 'error: %s\n%s\n' "$1" "$2" >&2
  exit 1
}

# The first Python that is new enough and can make a virtual environment (Debian splits that off).
_bootstrap_find_python() {
  local name probe='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
  for name in python3.11 python3.12 python3.13 python3.14 python3; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c "$probe" >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return
    fi
  done
  _bootstrap_fail "no Python 3.11 or later with the modules venv and ensurepip is on PATH." \
    "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13)."
}

# What an installation depends on: the lock, the project's metadata, and where the checkout stands.
_bootstrap_wanted() {
  printf '%s\n' "$ROOT"
  cat requirements.lock pyproject.toml
}

_bootstrap_is_current() {
  _bootstrap_wanted | cmp -s - "$VENV/.installed" && "$VENV/bin/python" -c '' 2>/dev/null
}

# Runs pip in the environment; what it says is shown only when it fails.
_bootstrap_pip() {
  local log="$ROOT/.bulkwire/bootstrap.log"
  if ! "$VENV/bin/python" -m pip install --quiet --no-input --no-deps "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    _bootstrap_fail "pip could not install Bulkwire's dependencies (the whole log: $log)." \
      "Check the network and pip's settings (PIP_INDEX_URL, pip.conf), then run this again."
  fi
}

_bootstrap_install() {
  local python
  python="$(_bootstrap_find_python)" || exit 1
  mkdir -p "$ROOT/.bulkwire"
  # The lock belongs to file descriptor 9 and so ends with this shell, however it ends. Through
  # Python, because macOS has no flock command.
  exec 9>"$ROOT/.bulkwire/bootstrap.lock"
  "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
  if ! _bootstrap_is_current; then # another run may have installed while this one waited
    printf 'Installing into %s (once; needs the package registry) ...\n' "$VENV" >&2
    rm -f "$VENV/.installed"
    # An environment that was moved here, or whose Python is gone, cannot be repaired: its scripts
    # name the place they were made for.
    if ! grep -qs "[!\"]$VENV/bin/" "$VENV/bin/pip" || ! "$VENV/bin/python" -c '' 2>/dev/null; then
      "$python" -m venv --clear "$VENV" ||
        _bootstrap_fail "$python could not make $VENV." "Remove it, check the disk, and try again."
    fi
    _bootstrap_pip --require-hashes --requirement requirements.lock
    _bootstrap_pip --no-build-isolation --editable .
    _bootstrap_wanted >"$VENV/.installed"
  fi
  exec 9>&-
}

_bootstrap_is_current || _bootstrap_install
