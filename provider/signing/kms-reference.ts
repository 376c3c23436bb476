/** A key of AWS KMS as cosign names it: `awskms://[endpoint]/<alias, id or ARN>`. */
export interface KmsReference {
  /** `host:port` of an endpoint that is not AWS's own, spoken to over HTTPS. */
  readonly endpoint?: string;
  /** `alias/<name>`, a key's id, or the ARN of either. */
  readonly keyId: string;
  /** The ARN's region. */
  readonly region?: string;
}

const id = "(?:mrk-)?[0-9a-fA-F-]{32,36}";
const arn = "arn:aws[a-z-]*:kms:([a-z0-9-]+):\\d{12}:";
const pattern = new RegExp(`^awskms://([^/]*)/((?:${arn})?(?:alias/[\\w/-]+|(?:key/)?${id}))$`);

export function parseKmsReference(reference: string): KmsReference | undefined {
  const [, endpoint = "", keyId, region] = pattern.exec(reference) ?? [];
  if (keyId === undefined) return undefined;
  return { keyId, ...(endpoint === "" ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
}
