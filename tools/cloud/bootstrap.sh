#!/usr/bin/env bash
# What a stack's account needs before the first `pulumi up`, made once by an administrator with the AWS CLI: a bucket for the
# state, a key for its secrets, GitHub as an issuer of tokens, the bound of all roles, and the role that makes everything else.
# A second run changes nothing that is there, but brings the two policies up to date.
#
#   tools/cloud/bootstrap.sh STACK REGION [PREFIX]
#
# PREFIX is that of the stack's repositories (factory:registry, after the host); `factory` without it.
set -euo pipefail

stack=${1:?stack}; region=${2:?region}; prefix=${3:-factory}
# The second for version 1 of the command line.
export AWS_REGION=$region AWS_DEFAULT_REGION=$region
account=$(aws sts get-caller-identity --query Account --output text)
bucket="image-factory-$stack-state-$account"
alias="alias/image-factory-$stack-state"
role="image-factory-$stack-deployer"
boundary="arn:aws:iam::$account:policy/image-factory-$stack-boundary"
issuer=token.actions.githubusercontent.com
here=$(dirname "${BASH_SOURCE[0]}")

policy() {
  sed "s|@account@|$account|g; s|@region@|$region|g; s|@stack@|$stack|g; s|@prefix@|$prefix|g" "$here/$1.json" | tr --delete '\n' | tr --squeeze-repeats ' '
}

if ! aws s3api head-bucket --bucket "$bucket" >/dev/null 2>&1; then
  location=()
  [ "$region" = us-east-1 ] || location=(--create-bucket-configuration "LocationConstraint=$region")
  aws s3api create-bucket --bucket "$bucket" "${location[@]}" >/dev/null
fi
aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled

if ! aws kms describe-key --key-id "$alias" >/dev/null 2>&1; then
  key=$(aws kms create-key --description "secrets of the state of $stack" \
    --tags "TagKey=image-factory:stack,TagValue=$stack" --query KeyMetadata.KeyId --output text)
  aws kms enable-key-rotation --key-id "$key"
  aws kms create-alias --alias-name "$alias" --target-key-id "$key"
fi

if ! aws iam get-open-id-connect-provider \
  --open-id-connect-provider-arn "arn:aws:iam::$account:oidc-provider/$issuer" >/dev/null 2>&1; then
  aws iam create-open-id-connect-provider --url "https://$issuer" --client-id-list sts.amazonaws.com >/dev/null
fi

# What no role of the stack can go beyond, whoever makes it.
if ! aws iam get-policy --policy-arn "$boundary" >/dev/null 2>&1; then
  aws iam create-policy --policy-name "${boundary##*/}" --policy-document "$(policy boundary)" >/dev/null
else
  # A policy has five versions at most: the oldest that is not in force makes room.
  mapfile -t versions < <(aws iam list-policy-versions --policy-arn "$boundary" \
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text | tr '\t' '\n' | grep . | sort --version-sort)
  if [ "${#versions[@]}" -ge 4 ]; then
    aws iam delete-policy-version --policy-arn "$boundary" --version-id "${versions[0]}"
  fi
  aws iam create-policy-version --policy-arn "$boundary" --policy-document "$(policy boundary)" --set-as-default >/dev/null
fi

# People take it, those whom the account's own policies let; no workflow does.
trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
  "Principal": {"AWS": "arn:aws:iam::'$account':root"}}]}'
if ! aws iam get-role --role-name "$role" >/dev/null 2>&1; then
  aws iam create-role --role-name "$role" --assume-role-policy-document "$trust" >/dev/null
fi
aws iam put-role-policy --role-name "$role" --policy-name deploy --policy-document "$(policy deployer)"

cat <<TEXT
Now:
  export PULUMI_BACKEND_URL='s3://$bucket?region=$region&awssdk=v2'
  pulumi stack init $stack --secrets-provider 'awskms://$alias?region=$region'
The role that makes the rest: arn:aws:iam::$account:role/$role
TEXT
