import type { FailureCode, VerificationFailure } from "./types.js";

export function failure(code: FailureCode, finding: string, remedy: string): VerificationFailure {
  return { code, finding, remedy };
}

export const rebuild = "Build it again with `npm run up`, which makes and attaches its evidence anew.";
