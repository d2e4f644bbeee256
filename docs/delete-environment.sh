#!/usr/bin/env bash
# Deletes a backend environment of an Amplify (Gen 1) app with everything in it. What it does, and why in this order, is
# in deleting-by-hand.md. It needs bash 3.2 or later and the AWS CLI, and nothing else.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: delete-environment.sh --app-id ID --environment NAME [--stack NAME] [--yes]

Deletes the environment's CloudFormation stack, then its record in AWS Amplify, its deployment bucket, and its parameters
and secrets. Shows them first, and asks. Stops at the first failure; run it again to go on.

  --app-id ID         the Amplify app
  --environment NAME  the backend environment
  --stack NAME        the environment's stack. Needed where AWS Amplify has no record of the environment any more, or
                      where the name of the stack in the record does not have the environment's name in it
  --yes               do not ask

Account, region and credentials are those of the AWS CLI: AWS_PROFILE, AWS_REGION and so on.
TEXT
}

fail() {
  printf '\nERROR: %s\n' "$*" >&2
  exit 1
}

app='' environment='' stack='' confirmed=''
while (($# > 0)); do
  case $1 in
    --app-id | --environment | --stack)
      [[ -n ${2-} ]] || fail "$1 needs a value."
      case $1 in
        --app-id) app=$2 ;;
        --environment) environment=$2 ;;
        --stack) stack=$2 ;;
      esac
      shift 2
      ;;
    --yes) confirmed=yes && shift ;;
    --help | -h) usage && exit ;;
    *) fail "$1 is not an option. See --help." ;;
  esac
done
[[ -n $app && -n $environment ]] || { usage >&2 && exit 2; }

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
said() { tr -s '\n' ' ' <"$errors"; }

# Makes a call that only reads, and leaves what it says in $answer. Returns 1 where the service says, in these words,
# that it does not exist. Any other failure ends the script: what cannot be read is not deleted.
look_up() {
  local absent=$1
  shift
  if answer=$(aws "$@" 2>"$errors"); then return 0; fi
  [[ $(<"$errors") == *"$absent"* ]] || fail "aws $1 $2 failed, and nothing was deleted:$(said)"
  return 1
}

# --- What exists --------------------------------------------------------------------------------------------------

record='' bucket=''
if look_up NotFoundException amplify get-backend-environment --app-id="$app" --environment-name="$environment" \
  --query 'backendEnvironment.[backendEnvironmentArn,stackName,deploymentArtifacts]' --output text; then
  IFS=$'\t' read -r record recorded_stack bucket <<<"$answer"
  [[ $recorded_stack != None ]] || recorded_stack=''
  [[ $bucket != None ]] || bucket=''
  if [[ -n $stack && -n $recorded_stack && $stack != "$recorded_stack" ]]; then
    fail "The stack of the environment \"$environment\" is \"$recorded_stack\" in AWS Amplify's record, not \"$stack\". Nothing was deleted."
  fi
  if [[ -z $stack ]]; then
    stack=$recorded_stack
    # As the Amplify CLI names stacks: amplify-APP-ENVIRONMENT-STAMP, in lower case; APP-ENVIRONMENT-STAMP before 2020.
    name=$(printf '%s' "$environment" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9-')
    lower_stack=$(printf '%s' "$stack" | tr '[:upper:]' '[:lower:]')
    if [[ -n $stack && (-z $name || ${lower_stack%-*} != *"-$name") ]]; then
      fail "The stack of the environment \"$environment\" is \"$stack\" in AWS Amplify's record. That does not look like a stack of this environment, so nothing was deleted. If it is the one to delete, run this again with --stack $(printf '%q' "$stack")."
    fi
  fi
elif [[ -z $stack ]]; then
  fail "AWS Amplify has no record of an environment \"$environment\" of app $app in this account and region:$(said)
Nothing was deleted. If something of it is left, name its stack, even if that is deleted: --stack NAME."
fi
# The Amplify CLI names it so. Nothing else is ever emptied here.
if [[ -n $bucket && $bucket != "$stack-deployment" ]]; then
  fail "The deployment bucket of the environment is \"$bucket\" in AWS Amplify's record, not \"${stack:-STACK}-deployment\". Nothing was deleted. Delete it by hand: see deleting-by-hand.md."
fi
[[ -z $stack ]] || bucket="$stack-deployment"

stack_id='' status='' note=''
if [[ -n $stack ]] && look_up 'does not exist' cloudformation describe-stacks --stack-name="$stack" \
  --query 'Stacks[0].[StackId,StackStatus]' --output text; then
  read -r stack_id status <<<"$answer"
  # AdministratorAccess-Amplify does not allow this call.
  if ! look_up AccessDenied cloudformation get-stack-policy --stack-name="$stack_id" \
    --query StackPolicyBody --output text; then
    answer='' note='
Whether the stack is locked for a migration to Gen 2 cannot be seen: cloudformation:GetStackPolicy is denied.'
  fi
  if [[ $answer == *Deny* ]]; then
    fail "The stack $stack has a policy that denies updates, as \"amplify gen2-migration lock\" sets it. Nothing was deleted. What was migrated to Gen 2 may still need this stack: see deleting-by-hand.md."
  fi
fi
if [[ -n $bucket ]] && ! look_up '(404)' s3api head-bucket --bucket="$bucket"; then bucket=''; fi
parameters=''
if [[ $environment =~ ^[A-Za-z0-9_.-]+$ ]] && look_up ParameterNotFound ssm get-parameters-by-path \
  --path="/amplify/$app/$environment" --recursive --query 'Parameters[].[Name]' --output text; then
  parameters=$answer
fi
parameter_list=${parameters//$'\n'/, }

# --- What will be deleted ----------------------------------------------------------------------------------------

if [[ -z $record$stack_id$bucket$parameters ]]; then
  echo "Nothing is left of the environment \"$environment\" of app $app: no stack, no record, no bucket, no parameters."
  exit
fi
cat <<TEXT
Backend environment "$environment" of app $app:
  1. stack              ${stack_id:-(gone)} $status
  2. record in Amplify  ${record:-(gone)}
  3. deployment bucket  ${bucket:-(gone)}
  4. parameters         ${parameter_list:-(none)}
All of this is deleted, in this order, with the tables, users, functions and files of the environment. That cannot be
undone. What the stack's own definition retains (storage buckets, for instance) stays, and is listed.$note
TEXT
if [[ -z $confirmed ]]; then
  printf 'To delete it, type the name of the environment: '
  read -r typed || typed=''
  if [[ $typed != "$environment" ]]; then
    printf '\nNothing was deleted.\n' >&2
    exit 1
  fi
fi

# --- Deletes it --------------------------------------------------------------------------------------------------

again="$(printf '%q ' "$0" --app-id "$app" --environment "$environment")${stack:+$(printf '%q ' --stack "$stack")}"
stop() {
  fail "$1 What comes after it was not deleted. When that is mended, go on with:
  $again"
}

# All resources with this status, in the stack and in those nested in it; also of a stack that was deleted.
list_resources() {
  local id=$1 wanted=$2 nested
  aws cloudformation list-stack-resources --stack-name="$id" --output text --query \
    "StackResourceSummaries[?ResourceStatus=='$wanted'].[ResourceType,LogicalResourceId,PhysicalResourceId,ResourceStatusReason]"
  while read -r nested; do
    case $nested in arn:*) list_resources "$nested" "$wanted" ;; esac
  done < <(aws cloudformation list-stack-resources --stack-name="$id" --output text --query \
    "StackResourceSummaries[?ResourceType=='AWS::CloudFormation::Stack'].[PhysicalResourceId]")
}

if [[ -n $stack_id ]]; then
  printf '\nDeleting the stack %s; this takes minutes.\n' "$stack"
  aws cloudformation delete-stack --stack-name="$stack_id" || stop 'The stack could not be deleted.'
  if ! aws cloudformation wait stack-delete-complete --stack-name="$stack_id"; then
    printf '\nWhat could not be deleted:\n' >&2
    list_resources "$stack_id" DELETE_FAILED >&2 || true
    stop 'The stack was not deleted. A bucket has to be empty before it can be; empty it: aws s3 rm s3://BUCKET --recursive.'
  fi
  echo 'The stack is deleted.'
  kept=$(list_resources "$stack_id" DELETE_SKIPPED) || stop 'What the stack retains could not be listed.'
  [[ -z $kept ]] || printf 'Its definition retains these. The deployment bucket is deleted below; all else stays:\n%s\n' "$kept"
fi

if [[ -n $record ]]; then
  aws amplify delete-backend-environment --app-id="$app" --environment-name="$environment" >"$errors" ||
    stop 'The record in AWS Amplify could not be deleted.'
  echo 'The record in AWS Amplify is deleted.'
fi

if [[ -n $bucket ]]; then
  aws s3 rb "s3://$bucket" --force >"$errors" ||
    stop "The deployment bucket could not be deleted. If it keeps versions of its objects, empty it in the S3 console."
  echo 'The deployment bucket is deleted.'
fi

while read -r parameter; do
  [[ -n $parameter ]] || continue
  aws ssm delete-parameter --name="$parameter" || stop "The parameter $parameter could not be deleted."
  echo "The parameter $parameter is deleted."
done <<<"$parameters"
