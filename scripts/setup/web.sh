# The page of `retort serve`: bundled by npm from its lock file into build/web. Without the network the program does
# without the page.

web_folder=build/web

# Everything that the bundle is made from, as one hash.
web_hash() {
  {
    cat web/package-lock.json web/build.mjs web/tsconfig.json
    find web/src -type f | sort | xargs cat
  } | sha256sum | cut -d' ' -f1
}

can_make_web() {
  local major
  command -v npm >/dev/null && command -v node >/dev/null || return 1
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || return 1
  [ "$major" -ge 18 ]
}

# The modules that the lock file names, each held to its hash there; fetched again only when the lock file changed.
install_web_modules() {
  local lock
  lock=$(sha256sum web/package-lock.json | cut -d' ' -f1)
  [ "$(cat web/node_modules/.lock-hash 2>/dev/null)" != "$lock" ] || return 0
  note "setup: fetching the modules of the page"
  # No scripts of packages are run: esbuild's program comes as a package of its own.
  quietly npm --prefix web ci --ignore-scripts --no-audit --no-fund || return 1
  echo "$lock" >web/node_modules/.lock-hash
}

make_web() {
  local hash
  hash=$(web_hash)
  if [ -f "$web_folder/index.html" ] && [ "$(cat "$web_folder.stamp" 2>/dev/null)" = "$hash" ]; then return 0; fi
  if [ -f "${RETORT_DEPS:-}/web/index.html" ]; then
    mkdir -p "$web_folder"
    cp -a "$RETORT_DEPS/web/." "$web_folder/"
    return 0
  fi
  if ! can_make_web; then
    note "setup: WARNING: no Node.js >= 18 with npm: retort serve will have no page"
    return 0
  fi
  if ! install_web_modules; then
    note "setup: WARNING: npm could not fetch the modules of the page (is the network there?): retort serve will have no page; the rest is not affected"
    return 0
  fi
  note "setup: bundling the page"
  quietly node web/build.mjs "$web_folder" || fail "bundling the page failed"
  echo "$hash" >"$web_folder.stamp"
}
