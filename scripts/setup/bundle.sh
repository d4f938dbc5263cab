# One folder that stands for all dependencies but LibTorch, made from the installed Debian packages.

bundle_limit_mb=40

# The packages of dependency_packages and test_packages, and the shared libraries behind them.
bundle_packages() {
  local package
  for package in "${dependency_packages[@]}" "${test_packages[@]}"; do
    echo "$package"
    dpkg-query -W -f '${Depends}\n' "$package" | tr ',' '\n' | sed -E 's/^ *//; s/[ (|].*//' |
      grep -E '^lib(fmt|spdlog|yaml-cpp|pugixml|jpeg|png|webp|zstd|benchmark)[0-9a-z.+-]*$' || true
  done | sort -u
}

# Boost has 160 MB of headers: only those that ours include are taken, and its CMake package.
boost_files() {
  "${CXX:-g++}" -std=c++20 -M -I src src/serve/beast_headers.h | tr -d '\\' | tr ' ' '\n' | grep -E '^/usr/include/boost/'
  dpkg -L "$(dpkg -S /usr/include/boost/version.hpp | cut -d: -f1)" | grep -E '/cmake/'
}

# Headers, libraries and CMake packages, in the places they have under /usr.
bundle_files() {
  local package
  {
    for package in $(bundle_packages) zlib1g; do dpkg -L "$package"; done
    boost_files
  } |
    sed -nE 's#^(/usr)?/(include/.*|lib/.*\.(so[.0-9a-z]*|a|cmake|pc)|share/.*\.cmake)$#\2#p' | sort -u
}

copy_bundle() {
  local folder=$1 file source
  bundle_files | while read -r file; do
    source=/usr/$file
    [ -e "$source" ] || source=/$file
    [ -d "$source" ] && [ ! -L "$source" ] && continue
    mkdir -p "$folder/$(dirname "$file")"
    cp -a "$source" "$folder/$file"
  done
}

# Every dependency that the configuration found must lie in the bundle.
check_bundle() {
  local folder=$1 tree strays
  choose_torch "$torch_kind"
  tree=$(mktemp -d)
  note "setup: configuring with the bundle"
  RETORT_DEPS=$folder quietly cmake --preset dev -B "$tree" -D "CMAKE_PREFIX_PATH=$torch_prefix" ||
    fail "the bundle can't be configured with"
  strays=$(grep -E '^(fmt|spdlog|yaml-cpp|nlohmann_json|CLI11|Eigen3|nanoflann|pugixml|GTest|benchmark|Boost)_DIR|^(ZLIB|JPEG|PNG|WebP|Zstd)_[A-Z_]*(INCLUDE_DIR|LIBRARY|LIBRARY_RELEASE):' "$tree/CMakeCache.txt" |
    grep -vF -e "=$folder/" -e NOTFOUND || true)
  rm -rf "$tree"
  [ -z "$strays" ] || fail "these were not taken from the bundle: $strays"
}

make_bundle() {
  local folder size
  command -v dpkg-query >/dev/null || fail_user "--bundle copies Debian packages: run it on a Debian machine"
  mkdir -p "$1"
  folder=$(cd "$1" && pwd)
  [ -z "$(ls -A "$folder")" ] || [ -f "$folder/retort-bundle" ] || fail_user "--bundle: $folder holds other things; name an empty folder"
  rm -rf "${folder:?}"/{include,lib,share,web}
  touch "$folder/retort-bundle"
  copy_bundle "$folder"
  [ ! -f "$web_folder/index.html" ] || cp -a "$web_folder" "$folder/web"
  check_bundle "$folder"
  size=$(du -sm "$folder" | cut -f1)
  [ "$size" -le "$bundle_limit_mb" ] || fail "the bundle takes $size MB, over the $bundle_limit_mb MB that were promised"
  note "setup: $folder holds all dependencies but LibTorch ($size MB); use it with RETORT_DEPS=$folder"
}
