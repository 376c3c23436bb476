import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { valueOrThrow } from "../../domain/problems.js";
import { loadPromotions } from "../../domain/promotion/load.js";
import type { PromotedRelease } from "../../domain/promotion/types.js";
import { formatHistoryTag } from "../../domain/release/history.js";
import { promote } from "../../provider/promotion/promote.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { projectRoot } from "../../tools/project.js";
import { newSigner } from "../registry-client/bundles.js";
import { Distribution } from "../support/distribution.js";
import { BUILDER, makeImage, type ProvedImage, SOURCE } from "../verification/proved-image.js";

const verifier = "https://git.example/images/verifiers/prod";
const file = "releases/prod.yaml";

describe("the commands of promotion", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "factory-promotion-"));
  let registry: Distribution;
  const signer = newSigner();
  let client: RegistryClient;
  let count = 0;

  before(async () => {
    registry = await Distribution.start();
    client = new RegistryClient(registry.address);
  });
  after(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  /** A project with images, of which `web` and `api` are released in staging, and their releases in the order of time. */
  async function project(...images: readonly string[]) {
    const number = count++;
    const root = path.join(folder, String(number));
    mkdirSync(root);
    for (const name of ["dist", "node_modules", "package.json"])
      symlinkSync(path.join(projectRoot, name), path.join(root, name));
    const write = (files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        writeFileSync(path.join(root, name), text);
      }
    };
    const staging = `${registry.address}/staging-${number}`;
    const prod = `${registry.address}/prod-${number}`;
    await ensureLocalKey(path.join(root, "prod-key"));
    const config = (settings: object) => `${JSON.stringify({ config: settings })}\n`;
    const common = { "factory:source": SOURCE, "factory:signingKey": "prod-key/cosign.key" };
    write({
      "images.yaml": "images: []\n",
      "keys/staging.pub": signer.publicKeyPem,
      "Pulumi.staging.yaml": config({ ...common, "factory:registry": staging }),
      "Pulumi.prod.yaml": config({
        ...common,
        "factory:registry": prod,
        "factory:promotes": { releases: file, registry: staging, keys: ["keys/staging.pub"], builders: [BUILDER] },
      }),
      [file]: "releases: []\n",
      ...Object.fromEntries(images.map((image) => [`images/${image}/Dockerfile`, "FROM scratch\nUSER 1\n"])),
    });
    return { root, staging, prod, write };
  }

  type Project = Awaited<ReturnType<typeof project>>;

  async function release({ staging }: Project, image: string, content: string): Promise<ProvedImage> {
    const labels = { "org.opencontainers.image.version": `1.0.${content}` };
    const made = await makeImage(client, signer, {
      repository: `${staging}/${image}`,
      content: image + content,
      labels,
    });
    await tag(client, made.repository, made.digest, "staging");
    return made;
  }

  /** What `pulumi up` does with an entry that was verified. */
  async function bringOver({ root, prod }: Project, entry: PromotedRelease): Promise<void> {
    const { repository, digest } = entry;
    const { attested } = await new Verifier({ registry: registry.address, keys: [signer.publicKeyPem] }).verify(
      { repository, digest },
      { builders: [BUILDER], sources: [SOURCE], development: false, recalls: [] },
    );
    const { signal } = new AbortController();
    await promote(
      {
        source: repository,
        insecureSource: true,
        registry: prod,
        insecureRegistry: true,
        name: entry.image,
        digest,
        attested,
        lineage: [],
        buildId: entry.buildId,
        movingTags: ["prod"],
        head: "prod",
        signingKey: "prod-key/cosign.key",
        verificationKeys: [readFileSync(path.join(root, "prod-key/cosign.pub"), "utf8")],
        verifier,
        policy: { uri: "x", sha256: "y" },
      },
      { root, signal },
    );
  }

  function factory({ root }: Project, ...args: readonly string[]) {
    // The project's own folder, and not the checkout that its links lead to.
    const node = ["--preserve-symlinks", "--preserve-symlinks-main", path.join(root, "dist/cli/factory.js")];
    return new Promise<{ code: number; out: string; error: string }>((resolve) => {
      execFile(process.execPath, [...node, ...args], { cwd: root }, (error, out, said) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, out, error: said });
      });
    });
  }

  const read = async ({ root }: Project) => valueOrThrow("the releases", await loadPromotions(root, file)).releases;
  const written = ({ root }: Project) => readFileSync(path.join(root, file), "utf8");

  it("write what staging has released, once; what is not released there is told", async () => {
    const own = await project("web", "api", "late");
    const [web, api] = [await release(own, "web", "1"), await release(own, "api", "1")];
    const { code, out, error } = await factory(own, "promote");
    assert.equal(code, 0, error + out);
    assert.match(out, /\*\*web\*\* 1\.0\.1 `sha256:\w+` \(new\)/);
    assert.match(out, /not released there: late/);
    const entries = await read(own);
    assert.deepEqual(
      entries.map(({ image, digest }) => [image, digest]),
      [
        ["api", api.digest],
        ["web", web.digest],
      ],
    );
    const { promoted: _, ...entry } = entries[1] as PromotedRelease;
    assert.deepEqual(entry, {
      image: "web",
      repository: web.repository,
      digest: web.digest,
      platforms: ["linux/amd64", "linux/arm64"],
      buildId: "b".repeat(64),
      version: "1.0.1",
      revision: "c".repeat(40),
      stack: "staging",
      builder: BUILDER,
      key: signer.keyId,
    });
    const before = written(own);
    const again = await factory(own, "promote");
    assert.match(again.out, /releases\/prod\.yaml is up to date/);
    assert.equal(written(own), before);
  });

  it("write nothing where one image cannot be verified, and say why", async () => {
    const own = await project("web", "api");
    await release(own, "web", "1");
    const bare = { repository: `${own.staging}/api`, attached: () => false };
    await tag(client, bare.repository, (await makeImage(client, signer, bare)).digest, "staging");
    const { code, error } = await factory(own, "promote");
    assert.equal(code, 1);
    assert.match(error, /1 problem in the promotion \(nothing was written\)\n - .*\/api: .*may not be consumed/);
    assert.deepEqual(await read(own), []);
    assert.equal((await factory(own, "promote", "web")).code, 0);
    assert.deepEqual(
      (await read(own)).map(({ image }) => image),
      ["web"],
    );
  });

  it("go back to what prod ran before, and do not promote again what was left", async () => {
    const own = await project("web");
    const releases: ProvedImage[] = [];
    for (const content of ["1", "2", "3"]) {
      releases.push(await release(own, "web", content));
      assert.equal((await factory(own, "promote")).code, 0);
      await bringOver(own, (await read(own))[0] as PromotedRelease);
    }
    const [first, second, third] = releases.map(({ digest }) => digest);
    const back = await factory(own, "rollback", "web", "--stack", "prod", "--reason", "answers 500");
    assert.equal(back.code, 0, back.error);
    assert.match(back.out, new RegExp(`\\*\\*web\\*\\* back to 1\\.0\\.2 \`${second}\`, from \`${third}\``));
    const [entry] = await read(own);
    assert.equal(entry?.digest, second);
    assert.equal(entry?.repository, releases[1]?.repository);
    assert.deepEqual(
      entry?.rolledBack?.map(({ digest, reason }) => [digest, reason]),
      [[third, "answers 500"]],
    );
    const held = await factory(own, "promote");
    assert.match(held.out, /web stays: it was rolled back from .* \(answers 500\)/);
    assert.equal((await read(own))[0]?.digest, second);
    // Once more goes further, though the file's history is not asked.
    assert.equal((await factory(own, "rollback", "web", "--stack", "prod")).code, 0);
    assert.equal((await read(own))[0]?.digest, first);
    const end = await factory(own, "rollback", "web", "--stack", "prod");
    assert.equal(end.code, 1);
    assert.match(end.error, /web has no earlier release in .* that can be verified/);
  });

  it("pass over what was recalled, and what nobody of the stage vouched for", async () => {
    const own = await project("web");
    const releases: ProvedImage[] = [];
    for (const content of ["1", "2", "3"]) {
      releases.push(await release(own, "web", content));
      assert.equal((await factory(own, "promote")).code, 0);
      await bringOver(own, (await read(own))[0] as PromotedRelease);
    }
    const [first, second, third] = releases.map(({ digest }) => digest);
    const stranger = await makeImage(client, signer, { repository: `${own.prod}/web`, content: "stranger" });
    const repository = `${own.prod}/web`;
    const time = Date.parse("2026-01-01T00:00:00Z");
    await tag(client, repository, stranger.digest, formatHistoryTag({ time, head: "prod" }));
    const recall = { digest: second, image: "web", reason: "leaks", by: "security", date: "2026-01-01" };
    own.write({ "recalls.yaml": JSON.stringify({ recalls: [recall] }) });
    const { code, out, error } = await factory(own, "rollback", "web", "--stack", "prod");
    assert.equal(code, 0, error);
    assert.match(
      out,
      new RegExp(`passed over \`${second}\`: [\\s\\S]*was recalled as web on 2026-01-01 by security: leaks`),
    );
    assert.equal((await read(own))[0]?.digest, first);
    const never = await factory(own, "rollback", "web", "--stack", "prod", "--to", stranger.digest);
    assert.equal(never.code, 1);
    assert.match(never.error, /nobody of this stage vouches for it: it was never promoted/);
    await client.deleteManifest(repository, third ?? "");
    const refused: readonly (readonly [to: string, says: RegExp])[] = [
      [second ?? "", /web cannot go back to sha256:\w+: [\s\S]*was recalled as web on 2026-01-01 by security: leaks/],
      [third ?? "", /web cannot go back to sha256:\w+: it is gone from the registry\./],
      [`sha256:${"0".repeat(64)}`, /web cannot go back to sha256:0+: nobody of this stage vouches for it/],
    ];
    const text = readFileSync(path.join(own.root, file), "utf8");
    for (const [to, says] of refused) {
      const { code, error } = await factory(own, "rollback", "web", "--stack", "prod", "--to", to);
      assert.equal(code, 1);
      assert.match(error, says);
    }
    assert.equal(readFileSync(path.join(own.root, file), "utf8"), text);
  });

  it("refuse a stack that builds, and registries that do not fit", async () => {
    const own = await project("web");
    const builds = await factory(own, "promote", "--stack", "staging");
    assert.equal(builds.code, 1);
    assert.match(builds.error, /Pulumi\.staging\.yaml: the stack "staging" builds its images/);
    own.write({
      "Pulumi.staging.yaml": JSON.stringify({
        config: { "factory:registry": "other.example", "factory:signingKey": "k.key" },
      }),
    });
    const other = await factory(own, "promote");
    assert.equal(other.code, 1);
    assert.match(other.error, /factory:promotes names the registry .*, but staging releases into other\.example/);
  });
});
