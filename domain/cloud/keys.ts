import type { CloudSettings } from "../settings/cloud.js";
import { accountRoot, type PolicyDocument, policyDocument, type Statement } from "./policy-document.js";

/** All that looks after a key, and nothing that uses it. Without it nobody could change the key's policy ever again. */
const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

function administration(account: string): Statement {
  return {
    Sid: "Administration",
    Effect: "Allow",
    Principal: { AWS: accountRoot(account) },
    Action: ADMINISTRATION,
    Resource: "*",
  };
}

/**
 * The signing key: one role signs, by digest and in one algorithm; the account and its consumers may verify. The account's
 * own policies can give nobody else the right to sign, since the key's policy does not hand it on.
 */
export function signingKeyPolicy({ account, consumers }: CloudSettings, signer: string): PolicyDocument {
  return policyDocument(
    administration(account),
    {
      Sid: "OneRoleSigns",
      Effect: "Allow",
      Principal: { AWS: signer },
      Action: ["kms:Sign"],
      Resource: "*",
      Condition: { StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" } },
    },
    {
      Sid: "EverybodyOfOursVerifies",
      Effect: "Allow",
      Principal: { AWS: [account, ...consumers].map(accountRoot) },
      Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Verify"],
      Resource: "*",
    },
  );
}

/** The key that images, alarms and logs are encrypted with: usable through those services only. */
export function dataKeyPolicy({ account, region }: CloudSettings): PolicyDocument {
  const use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"];
  return policyDocument(
    administration(account),
    {
      Sid: "ThroughTheRegistry",
      Effect: "Allow",
      Principal: { AWS: accountRoot(account) },
      Action: [...use, "kms:CreateGrant", "kms:RetireGrant"],
      Resource: "*",
      Condition: { StringEquals: { "kms:ViaService": `ecr.${region}.amazonaws.com`, "kms:CallerAccount": account } },
    },
    {
      Sid: "AlarmsAndQueues",
      Effect: "Allow",
      Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  );
}
