# Configures and builds a tree. A tree is configured again only when what went into it has changed.

# The tree of a preset; Debian's LibTorch has its own, so that both can stand side by side.
build_tree() {
  local preset=$1 torch=$2
  if [ "$torch" = debian ]; then echo "build/$preset-debian"; else echo "build/$preset"; fi
}

# Everything that a new configuration would be needed for, as one hash. CMake itself sees to changed CMake files.
configuration_hash() {
  {
    printf '%s\n' "$1" "$torch_chosen" "$torch_prefix" "${RETORT_DEPS:-}" "${CXX:-}" "${CXXFLAGS:-}"
    cat CMakePresets.json
  } | sha256sum | cut -d' ' -f1
}

configure_tree() {
  local preset=$1 tree=$2 hash arguments=(-D "CMAKE_PREFIX_PATH=$torch_prefix")
  hash=$(configuration_hash "$preset")
  if [ -f "$tree/build.ninja" ] && [ "$(cat "$tree/setup.stamp" 2>/dev/null)" = "$hash" ]; then return 0; fi
  note "setup: configuring $tree"
  [ ! -f "$tree/CMakeCache.txt" ] || arguments+=(--fresh)
  quietly env -u Torch_DIR -u CMAKE_PREFIX_PATH cmake --preset "$preset" -B "$tree" "${arguments[@]}" ||
    fail "configuring $tree failed; what CMake said stands above"
  echo "$hash" >"$tree/setup.stamp"
}

# Compilers at once: a unit with LibTorch's headers takes up to 1.8 GB.
parallel_jobs() {
  awk -v cores="$(nproc)" '/^MemAvailable/ { jobs = int($2 / 1800000) } END { if (jobs > cores) jobs = cores; print jobs < 1 ? 1 : jobs }' /proc/meminfo
}

build_tree_now() {
  local tree=$1 log="$1/build.log"
  # Unchanged trees say nothing; others show progress where someone is watching.
  if [ -t 2 ]; then
    ninja -C "$tree" -j "$(parallel_jobs)" >&2 || fail "the build failed"
  elif ! ninja -C "$tree" -j "$(parallel_jobs)" >"$log" 2>&1 </dev/null; then
    grep -m 20 -A 12 -E 'error|FAILED' "$log" >&2 || tail -n 40 "$log" >&2
    fail "the build failed; all of it is in $log"
  fi
}
