# Debian packages: only the missing ones are installed, and the lists are refreshed only then.

dependency_packages=(libfmt-dev libspdlog-dev libyaml-cpp-dev libcli11-dev nlohmann-json3-dev libeigen3-dev
  libnanoflann-dev libpugixml-dev zlib1g-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libzstd-dev libboost-dev)
# What the build can do without, and a bundle leaves out.
optional_packages=(libcurl4-openssl-dev)
# command:package. A tool from elsewhere will do.
tools=(cmake:cmake ninja:ninja-build g++:g++ ccache:ccache git:git python3:python3)
fuzz_tools=(clang++:clang llvm-symbolizer:llvm)
tidy_tools=(clang++:clang clang-tidy:clang-tidy)
test_packages=(libgtest-dev libbenchmark-dev)
# What bundles the page of `retort serve`, and the browser that its tests drive: large, and so only for trees with tests.
# Without them the program has no page, or the tests are skipped.
page_tools=(node:nodejs npm:npm)
page_test_tools=(chromium:chromium)

missing_commands() {
  local pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair##*:}"
  done
}

missing_tools() {
  missing_commands "$@"
  python3 -c 'import ensurepip, venv' 2>/dev/null || printf '%s\n' python3-venv
}

missing_packages() {
  local wanted=("$@") installed
  installed=$(dpkg-query -W -f '${Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^install ok installed //p' || true)
  local name
  for name in "${wanted[@]}"; do
    grep -qxF "$name" <<<"$installed" || printf '%s\n' "$name"
  done
}

# Installs packages by name; refreshes the lists first.
install_packages() {
  note "setup: installing Debian packages: $*"
  quietly as_root apt-get update || fail "apt-get update failed: is the network there?"
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    fail "apt-get install failed"
}

# Nothing stops where these are not to be had; with a bundle, which brings the page, they are not looked for.
install_page_packages() {
  local wanted=("${page_tools[@]}") missing
  [ -z "${RETORT_DEPS:-}" ] || return 0
  [ "$1" != dev ] || wanted+=("${page_test_tools[@]}")
  mapfile -t missing < <(missing_commands "${wanted[@]}")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null && (install_packages "${missing[@]}") && return 0
  note "setup: WARNING: without ${missing[*]}: the page of retort serve can't be bundled or tested; the rest is not affected"
}

install_system_packages() {
  local wanted_tools=("${tools[@]}") missing
  case "$1" in
    fuzz) wanted_tools+=("${fuzz_tools[@]}") ;;
    tidy) wanted_tools+=("${tidy_tools[@]}") ;;
  esac
  mapfile -t missing < <(
    missing_tools "${wanted_tools[@]}"
    [ -n "${RETORT_DEPS:-}" ] || ! command -v dpkg-query >/dev/null ||
      missing_packages "${dependency_packages[@]}" "${optional_packages[@]}" "${test_packages[@]}"
  )
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail_user "this is no Debian system, and these are missing: ${missing[*]}; docs/dependencies.md lists what to install, and RETORT_DEPS=<bundle> brings the libraries"
  install_packages "${missing[@]}"
}
