#!/usr/bin/env bash
# A fake `aws ssm`. Keeps a file for each parameter in $FAKE/store: named after it, `/` as `+`, with its type and value.
printf '%s\n' "$*" >>"$FAKE/calls"
if [[ -e "$FAKE/fault $1 $2" ]]; then
  cat "$FAKE/fault $1 $2" >&2
  exit 254
fi

case "$1 $2" in
  'ssm get-parameters-by-path') # --path PREFIX
    for file in "$FAKE/store/${4//\//+}"*; do
      name=${file##*/store/}
      [[ ! -e $file ]] || echo "${name//+//}"
    done
    ;;
  'ssm get-parameter') # --name NAME ... --query QUERY
    read -r type value <"$FAKE/store/${4//\//+}"
    [[ $* =~ Name:\ \'([^\']*)\' ]]
    printf '{"Name": "%s", "Type": "%s", "Value": "%s"}\n' "${BASH_REMATCH[1]}" "$type" "$value"
    ;;
  'ssm put-parameter') # --cli-input-json file://FILE
    find "${4#file://}" -perm 600 >"$FAKE/private"
    [[ $(<"${4#file://}") =~ \"Name\":\ \"(.*)\",\ \"Type\":\ \"(.*)\",\ \"Value\":\ \"(.*)\" ]]
    name=${BASH_REMATCH[1]} type=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
    if [[ -e $FAKE/store/${name//\//+} ]]; then
      printf '\nAn error occurred (ParameterAlreadyExists) when calling PutParameter: %s\n' "$value" >&2
      exit 254
    fi
    echo "$type $value" >"$FAKE/store/${name//\//+}"
    ;;
esac
