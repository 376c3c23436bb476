import type { Platform, SmokeTest } from "../catalogue/types.js";
import type { TestMode } from "../evidence/types.js";
import type { Place } from "../problems.js";

/** A variable, as container-structure-test writes it. */
export interface Variable {
  readonly key: string;
  readonly value: string;
}

/** A variable or label of the configuration; `isRegex` takes the value as a Go regular expression. */
export interface ExpectedVariable extends Variable {
  readonly isRegex: boolean;
}

interface AnyTest {
  readonly name: string;
  readonly place: Place;
}

/** Runs a program in the image. Patterns are Go regular expressions, found anywhere in the output. */
export interface CommandTest extends AnyTest {
  /** Run before it, in the same container; such a test has a container of its own. */
  readonly setup: readonly (readonly string[])[];
  readonly envVars: readonly Variable[];
  readonly command: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly expectedOutput: readonly string[];
  readonly excludedOutput: readonly string[];
  readonly expectedError: readonly string[];
  readonly excludedError: readonly string[];
}

/** Looks at a path itself, not at what a link there leads to. */
export interface FileExistenceTest extends AnyTest {
  readonly path: string;
  readonly shouldExist: boolean;
  /** As Go writes a mode, e.g. `-rw-r--r--`, `drwxr-xr-x`. */
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly isExecutableBy?: "owner" | "group" | "other" | "any";
}

/** Follows links. Patterns are Go regular expressions. */
export interface FileContentTest extends AnyTest {
  readonly path: string;
  readonly expectedContents: readonly string[];
  readonly excludedContents: readonly string[];
}

/** Compares the built configuration; what is absent is not looked at. */
export interface MetadataTest {
  readonly envVars: readonly ExpectedVariable[];
  readonly unboundEnvVars: readonly { readonly key: string }[];
  readonly labels: readonly ExpectedVariable[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `8080`, or `8080/tcp` for that protocol alone. */
  readonly exposedPorts: readonly string[];
  readonly unexposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly unmountedVolumes: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly place: Place;
}

/** All that is to be tested of one image variant. Plain data. */
export interface TestSuite {
  /** The image variant's id. */
  readonly id: string;
  /** `test.yaml` or `test-<variant>.yaml`, relative to the root; absent where the folder has none. */
  readonly file?: string;
  /** sha256 (hex) of that file. */
  readonly fileHash?: string;
  /** sha256 (hex) of all that decides what is tested: another hash, other evidence. */
  readonly hash: string;
  readonly globalEnvVars: readonly Variable[];
  readonly commandTests: readonly CommandTest[];
  readonly fileExistenceTests: readonly FileExistenceTest[];
  readonly fileContentTests: readonly FileContentTest[];
  readonly metadataTest?: MetadataTest;
  readonly smoke?: SmokeTest;
}

/** `not-run`: the platform cannot run it here; the report says why. */
export type TestStatus = "passed" | "failed" | "not-run";

export interface TestResult {
  /** Where the test stands in the suite, e.g. `commandTests[0]`, `smoke`; `user`, `platform` and `process` are always done. */
  readonly id: string;
  /** For people, e.g. `command "prints its version"`. */
  readonly name: string;
  readonly status: TestStatus;
  /** What was expected and what was found, a sentence each. */
  readonly problems: readonly string[];
  /** The end of what the program wrote, of a failed test. */
  readonly output?: string;
  readonly milliseconds: number;
  readonly place?: Place;
}

/** The tests of one platform. */
export interface PlatformTestReport {
  readonly platform: Platform;
  /** Of the platform's manifest. */
  readonly digest: string;
  readonly mode: TestMode;
  /** Why nothing could be started; with mode `static` only. */
  readonly reason?: string;
  /** In the order of the suite; what is always done comes first. */
  readonly tests: readonly TestResult[];
}
