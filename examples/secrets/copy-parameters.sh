#!/usr/bin/env bash
# Copies the parameters and secrets that a backend environment has in the SSM Parameter Store to another environment of the
# same Amplify app. It prints names, and never a value. Existing parameters of the other environment are unchanged.
#
#   bash copy-parameters.sh --app-id d1a2b3c4d5e6f7 --source dev --target preview [--dry-run]
#
# It needs bash and the AWS CLI, and nothing else.
set -euo pipefail

fail() {
  printf 'ERROR: %s\n' "$*" >&2
  exit 1
}

app='' source='' target='' dry_run=''
while (($# > 0)); do
  case $1 in
    --app-id) app=${2-} && shift ;;
    --source) source=${2-} && shift ;;
    --target) target=${2-} && shift ;;
    --dry-run) dry_run=yes ;;
    *) fail "$1 is not an option. The options are --app-id, --source, --target and --dry-run." ;;
  esac
  shift || fail "The last option needs a value."
done
for name in "$app" "$source" "$target"; do
  # Parameter Store allows no other characters, and the query below contains the names.
  [[ $name =~ ^[A-Za-z0-9_.-]+$ ]] || fail "--app-id, --source and --target are required, and \"$name\" is not the name of one."
done
[[ $source != "$target" ]] || fail 'The source and the target are the same environment.'

# Only this user can read the files of mktemp. No argument contains a value, since others can see it in the list of processes.
value=$(mktemp) errors=$(mktemp)
trap 'rm -f "$value" "$errors"' EXIT
from="/amplify/$app/$source/" to="/amplify/$app/$target/"
# Without --with-decryption, and only names in the output.
names=$(aws ssm get-parameters-by-path --path "$from" --recursive --query 'Parameters[].[Name]' --output text)
[[ -n $names ]] || echo "No parameters exist under $from."

while read -r name; do
  [[ -n $name ]] || continue
  copy=$to${name#"$from"}
  case $name in
    # The location of the source's code. The Amplify CLI sets these for each environment when it pushes.
    */AMPLIFY_function_*_deploymentBucketName | */AMPLIFY_function_*_s3Key)
      echo "skipped       $name" && continue
      ;;
  esac
  if [[ -n $dry_run ]]; then
    echo "to be copied  $name" && continue
  fi
  aws ssm get-parameter --name "$name" --with-decryption --output json \
    --query "Parameter.{Name: '$copy', Type: Type, Value: Value}" >"$value" || fail "$name could not be read."
  if aws ssm put-parameter --cli-input-json "file://$value" >/dev/null 2>"$errors"; then
    echo "copied        $copy"
  else
    # Only the name of the error, since its text can quote the value.
    reason=$(grep -o '([A-Za-z.]*)' "$errors" | head -n 1 || true)
    [[ $reason == '(ParameterAlreadyExists)' ]] || fail "$copy could not be written: ${reason:-no reason given}."
    echo "exists        $copy"
  fi
done <<<"$names"
