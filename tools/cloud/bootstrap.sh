#!/usr/bin/env bash
# What a stack's account needs before the first `pulumi up`, made once by an administrator with the AWS CLI: a bucket for the
# state, a key for its secrets, GitHub as an issuer of tokens, and the role that makes everything else. A second run changes
# nothing that is there.
#
#   tools/cloud/bootstrap.sh STACK REGION OWNER/REPOSITORY
set -euo pipefail

stack=${1:?stack}; region=${2:?region}; repository=${3:?owner/repository}
account=$(aws sts get-caller-identity --query Account --output text)
bucket="image-factory-$stack-state-$account"
alias="alias/image-factory-$stack-state"
role="image-factory-$stack-deployer"
issuer=token.actions.githubusercontent.com
export AWS_REGION=$region

if ! aws s3api head-bucket --bucket "$bucket" 2>/dev/null; then
  location=()
  [ "$region" = us-east-1 ] || location=(--create-bucket-configuration "LocationConstraint=$region")
  aws s3api create-bucket --bucket "$bucket" "${location[@]}" >/dev/null
fi
aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled

if ! aws kms describe-key --key-id "$alias" >/dev/null 2>&1; then
  key=$(aws kms create-key --description "secrets of the state of $stack" --query KeyMetadata.KeyId --output text)
  aws kms enable-key-rotation --key-id "$key"
  aws kms create-alias --alias-name "$alias" --target-key-id "$key"
fi

if ! aws iam get-open-id-connect-provider \
  --open-id-connect-provider-arn "arn:aws:iam::$account:oidc-provider/$issuer" >/dev/null 2>&1; then
  aws iam create-open-id-connect-provider --url "https://$issuer" --client-id-list sts.amazonaws.com >/dev/null
fi

trust=$(cat <<JSON
{"Version": "2012-10-17", "Statement": [{
  "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
  "Principal": {"Federated": "arn:aws:iam::$account:oidc-provider/$issuer"},
  "Condition": {
    "StringEquals": {"$issuer:aud": "sts.amazonaws.com"},
    "StringLike": {"$issuer:sub": "repo:$repository:environment:$stack*"}
  }
}]}
JSON
)
if ! aws iam get-role --role-name "$role" >/dev/null 2>&1; then
  aws iam create-role --role-name "$role" --assume-role-policy-document "$trust" >/dev/null
fi
# Only what is named after the factory, and what a registry has once.
aws iam put-role-policy --role-name "$role" --policy-name deploy --policy-document "$(cat <<JSON
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::$bucket"},
  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::$bucket/*"},
  {"Effect": "Allow", "Action": ["ecr:*", "kms:CreateKey", "kms:CreateAlias", "kms:UpdateAlias", "kms:DescribeKey",
    "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:GetKeyRotationStatus", "kms:ListResourceTags",
    "kms:TagResource", "kms:ListAliases", "kms:Encrypt", "kms:Decrypt", "kms:GetPublicKey",
    "inspector2:Enable", "inspector2:BatchGetAccountStatus", "events:*", "scheduler:*", "sqs:*", "sns:*",
    "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
    "logs:CreateLogGroup", "logs:DescribeLogGroups", "logs:PutRetentionPolicy", "logs:ListTagsForResource",
    "logs:DeleteLogGroup", "lambda:*"],
    "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "$region"}}},
  {"Effect": "Allow", "Action": ["iam:CreateRole", "iam:GetRole", "iam:DeleteRole", "iam:UpdateRole", "iam:TagRole",
    "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy", "iam:ListRolePolicies",
    "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:PassRole"],
    "Resource": "arn:aws:iam::$account:role/image-factory-$stack-*"},
  {"Effect": "Deny", "Action": ["iam:*"], "Resource": "arn:aws:iam::$account:role/$role"}
]}
JSON
)"

cat <<TEXT
Now:
  export PULUMI_BACKEND_URL='s3://$bucket?region=$region&awssdk=v2'
  pulumi stack init $stack --secrets-provider 'awskms://$alias?region=$region'
Variables of GitHub's environment "$stack": PULUMI_BACKEND_URL as above; AWS_REGION=$region.
The role that makes the rest: arn:aws:iam::$account:role/$role
TEXT
