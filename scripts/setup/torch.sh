# Which LibTorch to build against. choose_torch sets
#   torch_chosen  user | python | wheel | debian
#   torch_prefix  what CMAKE_PREFIX_PATH needs (empty: CMake finds it by itself)

wheel_version=2.13.0
least_python_version=2.11
cpu_index=https://download.pytorch.org/whl/cpu
cpu_index_patience=6  # seconds to wait for an answer

# Prints the CMake prefix of the torch that `$1` imports, if it is new enough and usable here; else says why on fd 3.
python_torch_prefix() {
  "$1" - "$least_python_version" "$(command -v nvcc || true)" 2>&3 <<'PYTHON'
import importlib.util, os, re, sys
least, nvcc = sys.argv[1:3]
spec = importlib.util.find_spec("torch")
if spec is None or not spec.submodule_search_locations:
    sys.exit(1)
folder = spec.submodule_search_locations[0]
try:
    text = open(os.path.join(folder, "version.py")).read()
    version = re.search(r"__version__ = '([^']+)'", text).group(1)
except (OSError, AttributeError):
    sys.exit(1)
number = lambda v: tuple(int(part) for part in re.findall(r"\d+", v.split("+")[0])[:2])
if number(version) < number(least):
    sys.exit(f"setup: Python's torch is {version}, older than {least}: passed over")
config = os.path.join(folder, "share/cmake/Caffe2/Caffe2Config.cmake")
try:
    uses_cuda = re.search(r"set\(CAFFE2_USE_CUDA (\w+)\)", open(config).read())
except OSError:
    sys.exit(f"setup: Python's torch {version} has no CMake package: passed over")
asks_for_cuda = uses_cuda is not None and uses_cuda.group(1) not in ("0", "OFF", "FALSE")
if asks_for_cuda and not nvcc:
    sys.exit(f"setup: Python's torch {version} is a CUDA build and there is no nvcc: passed over")
print(folder)
print(version)
PYTHON
}

use_user_torch() {
  local place
  if [ -n "${Torch_DIR:-}" ]; then
    [ -f "$Torch_DIR/TorchConfig.cmake" ] || fail_user "Torch_DIR=$Torch_DIR holds no TorchConfig.cmake"
    torch_prefix=${Torch_DIR%/share/cmake/Torch}
    torch_reason="Torch_DIR names it"
    return 0
  fi
  for place in $(tr ':;' '  ' <<<"${CMAKE_PREFIX_PATH:-}"); do
    if [ -f "$place/share/cmake/Torch/TorchConfig.cmake" ]; then
      torch_prefix=$place
      torch_reason="CMAKE_PREFIX_PATH names it"
      return 0
    fi
  done
  return 1
}

use_python_torch() {
  local found
  command -v python3 >/dev/null || return 1
  found=$(python_torch_prefix python3) || return 1
  torch_prefix=$(head -n 1 <<<"$found")
  torch_reason="Python imports torch $(tail -n 1 <<<"$found")"
}

venv_torch_is_there() {
  [ -x .venv/bin/python ] || return 1
  local found
  found=$(python_torch_prefix .venv/bin/python 3>/dev/null) || return 1
  [ "$(tail -n 1 <<<"$found" | cut -d+ -f1)" = "$wheel_version" ] || return 1
  torch_prefix=$(head -n 1 <<<"$found")
}

make_venv() {
  [ -x .venv/bin/pip ] && return 0
  rm -rf .venv
  quietly python3 -m venv .venv
}

# Asked before pip is sent there: pip itself would try for minutes where nothing answers.
cpu_index_answers() {
  silently .venv/bin/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2])).close()' \
    "$cpu_index/torch/" "$cpu_index_patience"
}

# Whether the wheel that pip would fetch depends on CUDA packages; looks at the wheel's metadata alone.
pip_would_bring_cuda() {
  .venv/bin/pip install --dry-run --ignore-installed --no-deps --quiet --disable-pip-version-check --no-input --report - \
    "torch==$wheel_version" 2>/dev/null </dev/null | grep -qE '"(nvidia|cuda)-[a-z]'
}

install_wheel() {
  local pip=(.venv/bin/pip install --no-deps --disable-pip-version-check --no-input)
  # A CPU build that pip can reach already (a wheel folder, a local index) beats any download.
  if silently "${pip[@]}" --retries 0 --timeout 15 "torch==$wheel_version+cpu"; then
    torch_reason="torch $wheel_version+cpu from pip's own sources"
  elif cpu_index_answers && silently "${pip[@]}" --retries 2 --index-url "$cpu_index" "torch==$wheel_version"; then
    torch_reason="torch $wheel_version from PyTorch's CPU index"
  elif ! command -v nvcc >/dev/null && pip_would_bring_cuda; then
    note "setup: PyTorch's CPU index is out of reach, and pip would bring the CUDA build, which needs nvcc"
    return 1
  elif quietly "${pip[@]}" "torch==$wheel_version"; then
    torch_reason="torch $wheel_version from pip's own sources"
  else
    return 1
  fi
}

use_wheel_torch() {
  if venv_torch_is_there; then
    torch_reason="torch $wheel_version is in .venv already"
    return 0
  fi
  note "setup: fetching torch $wheel_version into .venv"
  make_venv || { note "setup: no Python environment could be made in .venv"; return 1; }
  install_wheel || { note "setup: no wheel of torch $wheel_version is to be had for this machine"; return 1; }
  venv_torch_is_there || { note "setup: the wheel in .venv can't be used (a CUDA build without nvcc?)"; return 1; }
}

use_debian_torch() {
  local missing
  command -v dpkg-query >/dev/null || return 1
  mapfile -t missing < <(missing_packages libtorch-dev libopenblas-dev)
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
  torch_prefix=
  torch_reason="Debian's libtorch-dev"
}

# Where it is kept that no wheel could be had: the next set-up must not try again for minutes.
no_wheel_mark=build/no-torch-wheel

choose_torch() {
  local kinds=("$1") kind
  if [ "$1" = auto ]; then
    kinds=(user python wheel debian)
    [ ! -e "$no_wheel_mark" ] || kinds=(user python debian)
  fi
  exec 3>&2
  for kind in "${kinds[@]}"; do
    if "use_${kind}_torch"; then
      torch_chosen=$kind
      note "setup: LibTorch: $kind ($torch_reason)${torch_prefix:+, $torch_prefix}"
      [ "$kind" != wheel ] || rm -f "$no_wheel_mark"
      [ ! -e "$no_wheel_mark" ] || note "setup: no wheel could be had earlier; ./setup --torch=wheel tries again"
      return 0
    fi
    [ "$1" = auto ] || fail_user "--torch=$kind: there is none to be had"
    [ "$kind" != wheel ] || { mkdir -p build; touch "$no_wheel_mark"; }
  done
  fail "no LibTorch could be found or fetched; name one with Torch_DIR=<folder of TorchConfig.cmake>"
}
