import type { Platform } from "../catalogue/types.js";
import type { CloudSettings } from "./cloud.js";
import type { MirrorSettings } from "./mirrors.js";
import type { NotifySettings } from "./notify.js";
import type { PromotesSettings } from "./promotes.js";
import type { ReleaseEvent } from "./release.js";
import type { ScanSettings } from "./scan.js";

/** The stack's configuration (`Pulumi.<stack>.yaml`, namespace `factory`), validated. */
export interface Settings {
  readonly stack: string;
  /** Registry host with port and optional prefix, e.g. `127.0.0.1:5000`, `123.dkr.ecr.eu-west-1.amazonaws.com/team`. */
  readonly registry: string;
  /** True for a registry spoken to over plain HTTP. Default: true for loopback addresses only. */
  readonly insecureRegistry: boolean;
  /** Name of the buildx builder. */
  readonly builder: string;
  /** Platforms to build, where an image names none. Default linux/amd64, linux/arm64. */
  readonly platforms: readonly Platform[];
  /** Registry cache for builds. Default off. */
  readonly cache: "off" | "min" | "max";
  /** The moving tag. Default: the stack's name. */
  readonly channel: string;
  /** What made this run happen, which decides the tags. Default: the rule of each image. */
  readonly release: ReleaseEvent;
  /** `org.opencontainers.image.source`. */
  readonly source: string;
  /** Folder of the state files, relative to the root. Default `state`. */
  readonly state: string;
  /** The branch of `origin` that the folder of the states is a clone of. Default: it is a plain folder. */
  readonly stateBranch?: string;
  /**
   * Whether an image is released only with evidence: tests, SBOM, scan, provenance, all signed. Default true; false is
   * for `local` only.
   */
  readonly evidence: boolean;
  /** The private key: a file relative to the root, or `awskms://...`. Default for `local`: one that is made on first use. */
  readonly signingKey: string;
  /** Files with the public keys that count, relative to the root. Default: the signing key's own. */
  readonly verificationKeys: readonly string[];
  /** `builder.id` of provenance. Default: `<source>/builders/<stack>`. */
  readonly builderId: string;
  /** What fails a scan, which scanners run, and where the database comes from. */
  readonly scan: ScanSettings;
  /**
   * The one workflow that may sign, e.g. `example/images/.github/workflows/build.yml@refs/heads/main`; elsewhere a run
   * stops before it signs. Default: whoever can use the key.
   */
  readonly signingWorkflow?: string;
  /** Whom `factory notify` tells. Default nobody. */
  readonly notify?: NotifySettings;
  /** For a stack that builds nothing: from where it promotes. Default: the stack builds. */
  readonly promotes?: PromotesSettings;
  /** Registries that get a copy of what is released. Default none. */
  readonly mirrors: readonly MirrorSettings[];
  /** Registries from which external images may come. */
  readonly allowedRegistries: readonly string[];
  /** Whether a dirty tree, an overlay lock or a missing payload is tolerated: true for `local` only. */
  readonly development: boolean;
  /** Images to build although their runner is not there. Default none. */
  readonly with: readonly string[];
  /** Build only these images and what they stand on. Default all. */
  readonly only: readonly string[];
  /** Where the stack's own resources live; absent where it has none (`local`). */
  readonly cloud?: CloudSettings;
}
