import { bundleToJSON, toDSSEBundle } from "@sigstore/bundle";
import { dsse } from "@sigstore/core";
import type { Statement } from "../../domain/evidence/types.js";
import type { Signer } from "./signer.js";

export const payloadType = "application/vnd.in-toto+json";

/** A sigstore bundle v0.3 that holds a statement in a DSSE envelope with one signature, without transparency log or time. */
export async function signStatement(statement: Statement, signer: Signer, signal?: AbortSignal): Promise<Buffer> {
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = await signer.sign(dsse.preAuthEncoding(payloadType, payload), signal);
  const bundle = toDSSEBundle({ artifact: payload, artifactType: payloadType, signature, keyHint: signer.keyId });
  // The hint stands beside the envelope only: cosign passes over a signature that names a key in another form than its own.
  const dsseEnvelope = { ...bundle.content.dsseEnvelope, signatures: [{ sig: signature, keyid: "" }] };
  return Buffer.from(JSON.stringify(bundleToJSON({ ...bundle, content: { ...bundle.content, dsseEnvelope } })));
}
