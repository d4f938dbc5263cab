# What the scripts of the set-up share. Words for people go to standard error; nothing else is printed.

note() { printf '%s\n' "$*" >&2; }

# What the user gave is wrong.
fail_user() { note "setup: $*"; exit 2; }

# A fault of the machine's or of ours.
fail() { note "setup: $*"; exit 1; }

# Seconds with a fraction.
now() { date +%s.%N; }

elapsed() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.1f s", to - from }'; }

# As root, or through sudo; says what to do where neither is to be had.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail_user "needs root (or sudo) to run: $*"
  fi
}

# Runs a command quietly; shows the end of what it said when it failed.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# For attempts that may fail.
silently() { "$@" >/dev/null 2>&1 </dev/null; }
