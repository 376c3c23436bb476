import type { Platform } from "../catalogue/types.js";

/** What an author asks for: `packages.yaml` of a base or an application image. At least one of the three kinds. */
export interface PackagesRequest {
  /** The base whose lock this one adds to: what that one holds is neither repeated nor upgraded. */
  readonly extends?: string;
  /** Debian packages by name, resolved by apt's own solver for every platform. */
  readonly debian?: {
    readonly suite: string;
    readonly packages: readonly string[];
    /** Dependencies that the image does without, since only maintainer scripts use them, which never run. */
    readonly without?: readonly string[];
  };
  /**
   * Wheels: requirement specifiers, resolved by pip for `pythonVersion` and every platform. They lie in `/wheels` of the
   * pool, with pip itself (always locked too) and what it needs to install them.
   */
  readonly python?: { readonly pythonVersion: string; readonly requirements: readonly string[] };
  /**
   * npm: a package-lock.json beside this file, laid out as `/npm/node_modules` in the pool (what only the build needs as
   * `/npm/development/node_modules`), and single packages unpacked somewhere.
   */
  readonly npm?: {
    readonly lockfile?: string;
    /** Packages of the lockfile that do without their install script, each with the reason. */
    readonly withoutScript?: Readonly<Record<string, string>>;
    /** Packages that the registry has no part of for some platform, each with the reason why the image does without. */
    readonly incomplete?: Readonly<Record<string, string>>;
    readonly unpack?: readonly {
      readonly package: string;
      readonly version: string;
      readonly to: string;
      readonly platform?: Platform;
    }[];
  };
}

/** One exact input, verified by its sha256. No host name: the mirror comes from the clients' configuration at run time. */
export type Payload = DebianPayload | WheelPayload | NpmPayload;

interface PayloadBase {
  readonly name: string;
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface DebianPayload extends PayloadBase {
  readonly kind: "debian";
  readonly architecture: string;
  readonly suite: string;
  /** Path below the mirror's root, e.g. `pool/main/g/glibc/libc6_2.41-12_amd64.deb`. */
  readonly path: string;
  /** True where it comes from the security archive, whose mirror is another one. */
  readonly security: boolean;
}

export interface WheelPayload extends PayloadBase {
  readonly kind: "wheel";
  readonly filename: string;
}

export interface NpmPayload extends PayloadBase {
  readonly kind: "npm";
  /** Folder in the pool image into which its `package/` is unpacked, e.g. `/npm/node_modules/zod`. */
  readonly unpackTo: string;
}

/** `packages.lock.json`: what `factory lock` wrote, stable key order, committed. */
export interface PackagesLock {
  readonly schema: 1;
  /** sha256 (hex) over packages.yaml, the npm lockfile and the parent's lock: tells a lock that is out of date. */
  readonly request: string;
  /** Digest of the pool image's index; composing from the payloads must give it again. */
  readonly pool: { readonly digest: string };
  readonly platforms: Readonly<Record<Platform, readonly Payload[]>>;
}
