import type { Platform } from "../catalogue/types.js";
import type { Place } from "../problems.js";

/** One platform of an image that lies in a registry. */
export interface PlatformManifest {
  readonly platform: Platform;
  /** Of the platform's manifest. */
  readonly digest: string;
  /** Compressed bytes: configuration and layers. */
  readonly size: number;
}

/** What evidence is about: an index in quarantine and its platforms. */
export interface CandidateImage {
  /** `<registry>/candidate/<id>`, without tag or digest. */
  readonly repository: string;
  /** Of the index. */
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
}

/** An in-toto statement (https://github.com/in-toto/attestation, v1). */
export interface Statement {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly { readonly name?: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

export type GateName = "tests" | "sbom" | "scan" | "secrets" | "provenance" | "size";

/** A gate that an image did not pass. Nothing is signed or released while there is one. */
export interface GateFailure {
  readonly gate: GateName;
  readonly platform?: Platform;
  /** What was found and what is allowed, in a sentence. */
  readonly finding: string;
  /** What to do next. */
  readonly remedy: string;
  /** The line of `test.yaml`, `scan-exceptions.yaml`, ... that it is about. */
  readonly place?: Place;
}

/** How a platform's tests were run: emulated on another processor, or static where emulation cannot run them. */
export type TestMode = "native" | "emulated" | "static";

/** `unscanned`: there was no database, which is enough on `local` only. */
export type ScanStatus = "scanned" | "unscanned";

export const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
export type Severity = (typeof severities)[number];
