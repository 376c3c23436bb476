import { createHmac, timingSafeEqual } from "node:crypto";

/** The header's value for a body: `sha256=` and the HMAC in hex, as GitHub and many others send it in `X-Hub-Signature-256`. */
export function sign(secret: string, body: Uint8Array): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

export function isSignedBy(secret: string, body: Uint8Array, signature: string | undefined): boolean {
  if (signature === undefined) return false;
  const expected = Buffer.from(sign(secret, body));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
