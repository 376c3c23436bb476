import type { Attachments, RejectedAttachment, SignedStatement } from "../../domain/verification/types.js";
import { labelIn, labelOf } from "../registry/bundle-manifest.js";
import type { RegistryClient } from "../registry/client.js";
import type { Descriptor } from "../registry/descriptor.js";
import { isBundle, listReferrers, readBundle } from "../registry/referrers.js";
import { RegistryError } from "../registry/registry-error.js";
import { BundleError, type BundleFault, verifyBundle } from "../signing/verify-bundle.js";

type Attachment =
  | { readonly kind: "statement"; readonly value: SignedStatement }
  | { readonly kind: "rejected"; readonly value: RejectedAttachment };

/**
 * Everything that is attached to a digest as a sigstore bundle, each checked on its own: what a stranger attached, or
 * damaged, takes nothing away from the rest.
 *
 * @param publicKeys PEM
 * @param predicateType leaves out what names another one in its list; default: nothing
 * @throws RegistryError where the registry cannot be read
 */
export async function readAttachments(
  client: RegistryClient,
  repository: string,
  digest: string,
  publicKeys: readonly string[],
  signal?: AbortSignal,
  predicateType?: string,
): Promise<Attachments> {
  const isWanted = ({ annotations = {} }: Descriptor) =>
    predicateType === undefined || (labelIn(annotations)?.predicateType ?? predicateType) === predicateType;
  const listed = await listReferrers(client, repository, digest, signal);
  const referrers = listed.filter((each) => isBundle(each) && isWanted(each));
  const found = await Promise.all(
    referrers.map((referrer) => readAttachment(client, repository, digest, referrer, publicKeys, signal)),
  );
  return {
    statements: found.flatMap((each) => (each.kind === "statement" ? [each.value] : [])),
    rejected: found.flatMap((each) => (each.kind === "rejected" ? [each.value] : [])),
  };
}

async function readAttachment(
  client: RegistryClient,
  repository: string,
  subject: string,
  { digest: referrer }: Descriptor,
  publicKeys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Attachment> {
  let bytes: Buffer;
  try {
    bytes = await readBundle(client, repository, referrer, signal);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.passing) throw error;
    if (error.notFound) return rejected({ referrer, reason: "missing", detail: "it is listed, but no longer there" });
    if (error.status !== undefined) throw error;
    return rejected({ referrer, reason: "damaged", detail: "what the registry gives is not what was attached" });
  }
  const label = labelOf(bytes);
  try {
    const statement = verifyBundle(bytes, publicKeys, subject);
    return { kind: "statement", value: { statement, referrer, key: label?.key ?? "" } };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const { fault, message } = error;
    const says = label === undefined ? {} : { predicateType: label.predicateType };
    return rejected({ referrer, reason: reasons[fault], detail: message, ...says });
  }
}

function rejected(value: RejectedAttachment): Attachment {
  return { kind: "rejected", value };
}

const reasons: Readonly<Record<BundleFault, RejectedAttachment["reason"]>> = {
  unreadable: "damaged",
  "other-key": "other-key",
  "bad-signature": "damaged",
  "other-subject": "other-subject",
};
