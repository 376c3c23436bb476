import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CandidateImage, PlatformManifest } from "../../domain/evidence/types.js";
import { testSuite } from "../../domain/tests/suite.js";
import type { TestSuite } from "../../domain/tests/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { type RunTestsOptions, runTests, type TestOutcome } from "../../provider/tests/run-tests.js";
import { projectRoot } from "../../tools/project.js";
import type { TestServices } from "../support/with-services.js";

export const user = "USER 65532:65532";

/** Builds images around a program of our own, and runs suites on them. */
export class TestImages {
  private readonly folder: string;
  private readonly client: RegistryClient;
  private built = 0;

  constructor(private readonly services: TestServices) {
    this.client = new RegistryClient(services.registry);
    this.folder = mkdtempSync(path.join(services.dataDir, "images-"));
    for (const architecture of ["amd64", "arm64"]) {
      const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOOS: "linux", GOARCH: architecture };
      const args = ["build", "-trimpath", "-o", this.program(architecture), "."];
      execFileSync("go", args, { cwd: path.join(projectRoot, "test/image-tests/program"), env });
    }
  }

  /** An image in quarantine: `lines` follow a `FROM scratch` with the program as `/program`. */
  async build(
    lines: readonly string[],
    platforms: readonly string[] = ["linux/amd64"],
    files: Readonly<Record<string, string>> = {},
  ): Promise<CandidateImage> {
    const name = `image-${++this.built}`;
    const context = path.join(this.folder, name);
    mkdirSync(context);
    for (const architecture of ["amd64", "arm64"]) {
      cpSync(this.program(architecture), path.join(context, `program-${architecture}`));
    }
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(context, file), text);
    const program = "FROM scratch\nARG TARGETARCH\nCOPY --chmod=0755 program-$TARGETARCH /program";
    writeFileSync(path.join(context, "Dockerfile"), [program, ...lines, ""].join("\n"));
    const repository = `${this.services.registry}/candidate/${name}`;
    const metadata = path.join(this.folder, `${name}.json`);
    const output = `type=image,name=${repository},push-by-digest=true,push=true,oci-mediatypes=true`;
    const args = ["build", `--builder=${this.services.builder}`, "--quiet", `--platform=${platforms.join(",")}`];
    args.push("--provenance=false", `--output=${output}`, `--metadata-file=${metadata}`, context);
    execFileSync("buildx", args, { env: { ...process.env, ...this.services.env }, stdio: "pipe" });
    const digest: string = require(metadata)["containerimage.digest"];
    const manifests: readonly PlatformManifest[] = await readPlatforms(this.client, repository, digest);
    return { repository, digest, platforms: manifests };
  }

  /** Of the program that stands in the images. */
  program(architecture: string): string {
    return path.join(this.folder, `program-${architecture}`);
  }

  async run(
    image: CandidateImage,
    suite: TestSuite,
    options: Pick<RunTestsOptions, "limits" | "signal"> = {},
  ): Promise<TestOutcome> {
    const { client } = this;
    return runTests(image, suite, { builder: this.services.builder, client, ...options });
  }
}

/** The suite of a `test.yaml` and, for services, of a smoke test. */
export function suiteOf(yaml: string, smoke?: { readonly timeout?: number; readonly status?: number }): TestSuite {
  const place = { file: "images/web/image.yaml", line: 2 };
  const service = smoke && { smoke: { port: 8080, path: "/healthz", status: 200, timeout: 60_000, ...smoke, place } };
  const variant = { name: "", args: {}, place, ...service };
  const text = `schemaVersion: "2.0.0"\n${yaml}`;
  const { value, problems } = testSuite({ id: "web", variant }, { file: "images/web/test.yaml", text });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return value;
}
