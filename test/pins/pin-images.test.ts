import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinImages } from "../../cli/pin/pin-images.js";
import { ProblemsError } from "../../domain/problems.js";
import type { Settings } from "../../domain/settings/types.js";
import { parseState } from "../../domain/state/parse.js";
import { testSettings } from "../support/settings.js";
import { useServices } from "../support/with-services.js";

const AMD64 = "linux/amd64";
const ARM64 = "linux/arm64";

describe("factory pin, against a registry", () => {
  const services = useServices();
  let root = "";
  let seconds = 0;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "factory-pin-"));
    seconds = 6;
    mkdirSync(join(root, "images/web"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Pushes an image made of one file; returns its digest. */
  function push(tag: string, platforms: readonly string[], content = tag): string {
    const folder = mkdtempSync(join(root, "push-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY content /\n");
    writeFileSync(join(folder, "content"), content);
    const metadata = join(folder, "metadata.json");
    execFileSync(
      services().toolchain.program("buildctl"),
      [
        ...["--addr", services().buildkitHost, "build", "--frontend", "dockerfile.v0", "--progress", "plain"],
        ...[
          "--local",
          `context=${folder}`,
          "--local",
          `dockerfile=${folder}`,
          "--opt",
          `platform=${platforms.join(",")}`,
        ],
        ...["--output", `type=image,name=${services().registry}/${tag},push=true,oci-mediatypes=true`],
        ...["--metadata-file", metadata],
      ],
      { stdio: "ignore" },
    );
    return (JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>)["containerimage.digest"] ?? "";
  }

  function settings(changes: Partial<Settings> = {}): Settings {
    const { registry, builder } = services();
    return testSettings({
      registry: "127.0.0.1:1",
      builder,
      platforms: [AMD64, ARM64],
      source: "",
      allowedRegistries: [registry, "127.0.0.1:1"],
      ...changes,
    });
  }

  /** Each a second after the last: sights of the same second are kept in the order of their digests. */
  const pin = (names: readonly string[], digest?: string, changes: Partial<Settings> = {}) =>
    pinImages({
      root,
      names,
      settings: settings(changes),
      crane: services().toolchain.program("crane"),
      now: new Date(Date.UTC(2026, 10, 21, 4, 5, seconds++, 789)),
      ...(digest === undefined ? {} : { digest }),
    });

  async function refusal(names: readonly string[], digest?: string, changes: Partial<Settings> = {}): Promise<string> {
    try {
      await pin(names, digest, changes);
    } catch (error) {
      if (error instanceof ProblemsError) return error.message.replaceAll(services().registry, "REGISTRY");
      throw error;
    }
    throw new assert.AssertionError({ message: "it was pinned" });
  }

  const states = () => readdirSync(root).includes("state");

  it("adopts what the tag means now and writes it down, with its platforms", async () => {
    const digest = push("tool:1", [AMD64, ARM64]);
    const name = `${services().registry}/tool:1`;
    const [written] = await pin([name]);
    assert.equal(written?.pin, `${services().registry}/tool@${digest}`);
    const { value } = parseState(written?.file ?? "", readFileSync(join(root, written?.file ?? ""), "utf8"));
    const seen = { digest, tag: "1", platforms: [AMD64, ARM64] };
    assert.deepEqual(value, {
      schema: 2,
      image: name,
      kind: "external",
      warehouse: { repoURL: `${services().registry}/tool`, allowTags: "^1$" },
      adopted: { ...seen, at: "2026-11-21T04:05:06Z", cause: "pinned by hand" },
      ledger: [{ ...seen, firstSeen: "2026-11-21T04:05:06Z", how: "pin" }],
      updates: [{ to: digest, at: "2026-11-21T04:05:06Z", cause: "pinned by hand" }],
      dependents: [],
      attempts: [],
    });
  });

  it("keeps the history when the tag has moved, and can go back by digest", async () => {
    const first = push("moving:1", [AMD64, ARM64], "first");
    const name = `${services().registry}/moving:1`;
    await pin([name]);
    const second = push("moving:1", [AMD64, ARM64], "second");
    await pin([name]);
    const [written] = await pin([name], first);
    const { value } = parseState(written?.file ?? "", readFileSync(join(root, written?.file ?? ""), "utf8"));
    assert.deepEqual(
      value?.ledger.map(({ digest }) => digest),
      [first, second],
    );
    assert.deepEqual(
      value?.updates.map(({ to }) => to),
      [first, second, first],
    );
    assert.equal(value?.adopted?.digest, first);
  });

  it("refuses a digest that lacks a platform, and takes it where no image needs that one", async () => {
    const digest = push("narrow:1", [AMD64]);
    const name = `${services().registry}/narrow:1`;
    const message = `1 problem in the names to pin
 - REGISTRY/narrow:1: ${digest} offers linux/amd64; images here also need linux/arm64.
   Pin a tag or digest whose index has them all, or declare fewer platforms in the images' image.yaml.`;
    assert.equal(await refusal([name]), message);
    assert.equal(states(), false);

    writeFileSync(join(root, "images/web/Dockerfile"), `FROM ${name}\n`);
    assert.equal(await refusal([name]), message);
    writeFileSync(join(root, "images/web/image.yaml"), "platforms: [linux/amd64]\n");
    assert.equal((await pin([name])).length, 1);
  });

  it("refuses all where one cannot be had, and says why for each", async () => {
    push("tool:1", [AMD64, ARM64]);
    const { registry } = services();
    const names = [
      `${registry}/tool:1`,
      `${registry}/tool:2`,
      `${registry}/nothing:1`,
      "127.0.0.1:1/away:1",
      "quay.io/team/tool:1",
      `${registry}/tool@sha256:${"a".repeat(64)}`,
      "factory.invalid/python",
      "Not A Name",
    ];
    const text = await refusal(names);
    assert.match(text, /^7 problems in the names to pin/);
    assert.match(text, /REGISTRY\/tool:2: the registry does not have it \(.*MANIFEST_UNKNOWN/);
    assert.match(text, /REGISTRY\/nothing:1: the registry does not have it/);
    assert.match(text, /127\.0\.0\.1:1\/away:1: the registry did not answer \(.*connection refused/);
    assert.match(
      text,
      /quay\.io\/team\/tool:1: "quay\.io" is not allowed\. Allowed registries: REGISTRY, 127\.0\.0\.1:1\./,
    );
    assert.match(text, /npx factory pin REGISTRY\/tool --digest sha256:a{64}/);
    assert.match(text, /"factory\.invalid\/python" is built here/);
    assert.match(text, /"Not A Name" is no image name/);
    assert.equal(states(), false);
  });

  it("does not write over a state that it cannot read", async () => {
    push("tool:1", [AMD64, ARM64]);
    const name = `${services().registry}/tool:1`;
    const [written] = await pin([name]);
    const path = join(root, written?.file ?? "");
    writeFileSync(path, "schema: 9\n");
    assert.match(await refusal([name]), /state schema 9 is not known/);
    assert.equal(readFileSync(path, "utf8"), "schema: 9\n");
  });
});
