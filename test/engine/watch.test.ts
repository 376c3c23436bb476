import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { loadAll } from "js-yaml";
import { pinImages } from "../../cli/pin/pin-images.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import { loadPipeline, renderedFiles } from "../../domain/kargo/load-pipeline.js";
import { type KargoDocument, kargoDocument } from "../../domain/kargo/models.js";
import { valueOrThrow } from "../../domain/problems.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { CONFIGURED } from "../../domain/simulate/policies.js";
import { recordedScenario } from "../../domain/simulate/recorded.js";
import { simulate } from "../../domain/simulate/simulate.js";
import type { Build } from "../../domain/state/types.js";
import { verificationPolicyOf } from "../../domain/verification/policy.js";
import { isVerified } from "../../domain/verification/verify.js";
import type { WhyRecord } from "../../domain/why/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { checkPipeline, writePipeline } from "../../tools/generated-pipeline.js";
import { identify } from "../../tools/machine/processes.js";
import { projectRoot } from "../../tools/project.js";
import { FolderStore } from "../../tools/rebuild/folder-store.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { openWorld } from "../../tools/rebuild/open-world.js";
import { type Receiver, startReceiver } from "../../tools/rebuild/receiver.js";
import { reconcile } from "../../tools/rebuild/reconcile.js";
import type { StateStore, States } from "../../tools/rebuild/state-store.js";
import { Watch } from "../../tools/rebuild/watch.js";
import { loadWatchProject } from "../../tools/rebuild/watch-project.js";
import { startServices } from "../../tools/services/local-services.js";
import { writeRecord } from "../../tools/services/record.js";
import { KargoSchemas } from "../support/kargo-schemas.js";
import { Registry } from "../support/oci.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { trueProgram } from "../support/true-program.js";
import { Upstream } from "../support/upstream.js";
import { useServices } from "../support/with-services.js";
import { TestClock } from "../watch/fake-world.js";

const run = promisify(execFile);
const DAY = 24 * 3_600_000;
const START = Date.UTC(2026, 10, 21);

/** A package with a known flaw, in the version that has it and in the one that has not. */
const planted = (version: string) => ({
  "lib/node_modules/factory-planted/package.json": JSON.stringify({
    name: "factory-planted",
    version,
    repository: "example/planted",
  }),
});

const digestAndBases = ({ digest, on }: Build) => ({ digest, on });

describe("a stack that is watched over", () => {
  const services = useServices({ tools: evidenceTools });
  let receiver: Receiver;
  let upstream: Upstream;
  let project: TestProject;
  let registry: Registry;
  let settings: Settings;
  let store: StateStore;
  let watch: Watch;
  let pushes = 0;
  let heard: () => void = () => {};
  const heardOf = new Set<string>();
  const clock = new TestClock(START);
  const lines: string[] = [];
  const name = () => `${upstream.address}/vendor/os:1`;

  before(async () => {
    receiver = await startReceiver(0, (told) => {
      pushes += told.length;
      watch?.pushed(told);
      for (const { digest } of told) heardOf.add(digest);
      heard();
    });
    upstream = await Upstream.start(services(), receiver.address);
    // The stack's own registry tells its pushes, too: to whom the record of the watch names.
    const { dataDir, toolchain } = services();
    writeRecord(dataDir, "watch", {
      ...(identify(process.pid) ?? assert.fail()),
      address: receiver.address,
      fingerprint: "",
    });
    const port = Number(services().registry.split(":")[1]);
    const upstreams = [upstream.address];
    await startServices({ dataDir, registryPort: port, builder: "test", toolchain, upstreams });

    registry = new Registry(services());
    project = new TestProject(services(), "watched", { evidence: true });
    const remote = path.join(project.root, "..", "remote.git");
    execFileSync("git", ["init", "--quiet", "--bare", remote]);
    project.git("remote", "add", "origin", remote);
    const stackFile = readFileSync(path.join(project.root, "Pulumi.local.yaml"), "utf8");
    project.write({
      "Pulumi.local.yaml": `${stackFile}  factory:allowedRegistries: [${upstream.address}]\n  factory:stateBranch: factory-state\n  factory:source: https://git.example/watched\n`,
      "images.yaml": "defaults: { rebuild: { delay: 7d } }\n",
      "kargo.yaml": `project: watched\nrepository: https://git.example/watched\nimage: registry.example.com/factory@sha256:${"1".repeat(64)}\ndispatch: https://git.example/dispatches\n`,
      ".gitignore": `${readFileSync(path.join(project.root, ".gitignore"), "utf8")}/state\n`,
      "bases/base/Dockerfile": `FROM ${name()}\nCOPY --chmod=755 true /true\nUSER 65532:65532\n`,
      "bases/base/true": trueProgram(),
      "images/web/Dockerfile": "FROM factory.invalid/base\nCOPY web /web\n",
      "images/web/web": "web\n",
      "images/tool/Dockerfile": `FROM scratch\nCOPY --from=${name()} /needed /needed\nUSER 65532:65532\n`,
      "images/toolkit/Dockerfile": `FROM factory.invalid/base\nCOPY --from=factory.invalid/tool /needed /needed\n`,
      "images/lonely/Dockerfile": "FROM scratch\nCOPY lonely /lonely\nUSER 65532:65532\n",
      "images/lonely/lonely": "lonely\n",
    });
    // The first generation has a flaw that is fixed later.
    for (const id of ["bases/base", "images/web", "images/tool", "images/toolkit", "images/lonely"]) {
      project.write({ [`${id}/image.yaml`]: "scan: { failOn: critical }\n" });
    }
    await writePipeline(project.root, valueOrThrow("the pipeline", await loadPipeline(project.root)) ?? assert.fail());
    project.commit();

    await push("first", { ...planted("1.1.0"), needed: "needed\n" });
    settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
    const crane = toolchain.program("crane");
    await pinImages({ root: project.root, names: [name()], settings, crane, now: new Date(START) });
    const { code, troubles } = await project.up();
    assert.equal(code, 0, JSON.stringify(troubles, undefined, 2));
    store = await openStateStore(project.root, settings);
    clock.moveTo(START + DAY);
    watch = newWatch();
    watch.start();
    await watch.idle();
  });

  after(async () => {
    await watch?.stop();
    await receiver?.close();
    await upstream?.stop();
  });

  function newWatch(): Watch {
    const tell = (line: string) => lines.push(line);
    return new Watch(openWorld({ settings, workspace: project.workspace(), store, clock, tell }));
  }

  /** Pushes, and waits until the registry has told so and whatever follows from it is done. */
  async function push(what: string, files: Readonly<Record<string, string>>): Promise<string> {
    clock.moveTo(clock.now() + 60_000);
    await watch?.idle();
    const digest = await upstream.push("vendor/os", "1", { "etc/what": what, ...files });
    while (!heardOf.has(digest)) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
    await watch?.idle();
    return digest;
  }

  async function moveClock(milliseconds: number): Promise<void> {
    clock.moveTo(clock.now() + milliseconds);
    await watch.idle();
  }

  async function states(): Promise<States> {
    return store.read();
  }

  /** `npx factory <args>` on the project; its output. */
  async function factory(...args: readonly string[]): Promise<string> {
    const program = path.join(projectRoot, "dist/cli/factory.js");
    const env = { ...process.env, ...services().env, FACTORY_PROJECT: project.root };
    return (await run(process.execPath, [program, ...args], { cwd: project.root, env })).stdout;
  }

  /** The documents of the rendered files. */
  async function manifests(): Promise<readonly KargoDocument[]> {
    const { files, settings: own } = valueOrThrow("the pipeline", await loadPipeline(project.root)) ?? assert.fail();
    const texts = renderedFiles(files, own.path).map(({ path: file }) => readFileSync(path.join(project.root, file)));
    return texts.flatMap((text) => loadAll(text.toString()) as KargoDocument[]);
  }

  /** What each image stands on, as the registry has it: the digest of its base by its label. */
  async function baseOf(image: string): Promise<string | undefined> {
    return (await registry.config(`${image}:local`, "linux/amd64")).Labels["org.opencontainers.image.base.digest"];
  }

  it("takes up what was released before it watched", async () => {
    const known = await states();
    for (const id of ["base", "web", "tool", "toolkit", "lonely"]) {
      assert.equal(known.get(id)?.adopted?.digest, await registry.digest(`${id}:local`), id);
    }
    const os = known.get(name())?.adopted?.digest;
    assert.deepEqual(known.get("base")?.builds?.at(-1)?.on, [{ image: name(), digest: os }]);
    assert.deepEqual(known.get(name())?.dependents, ["base", "tool"]);
    assert.equal(lines.join("\n"), "");
  });

  it("rebuilds, tests, signs and releases what stands on an upstream image that changed, when that has soaked", async () => {
    const lonely = await registry.digest("lonely:local");
    const before = await registry.digest("web:local");
    const digest = await push("second", { ...planted("1.1.0"), needed: "needed\n" });
    assert.equal((await states()).get(name())?.ledger.at(-1)?.digest, digest);
    assert.equal(lines.join("\n"), "");
    // Upstream takes it away while it soaks.
    await upstream.client.deleteManifest(`${upstream.address}/vendor/os`, digest);
    await moveClock(7 * DAY - 1000);
    assert.equal(await registry.digest("web:local"), before);

    const quiet = pushes;
    await moveClock(1000);
    const known = await states();
    assert.equal(known.get(name())?.adopted?.digest, digest, lines.join("\n"));
    assert.equal(await baseOf("base"), digest);
    assert.equal(await baseOf("web"), await registry.digest("base:local"));
    assert.notEqual(await registry.digest("web:local"), before);
    assert.equal(await registry.digest("lonely:local"), lonely);
    for (const id of ["base", "web", "tool", "toolkit"]) {
      const state = known.get(id);
      assert.equal(state?.adopted?.digest, await registry.digest(`${id}:local`), id);
      assert.equal(state?.attempts.at(-1)?.result, "succeeded", id);
      assert.deepEqual(state?.attempts.at(-1)?.on, state?.builds?.at(-1)?.on, id);
      await verify(id);
    }
    assert.equal(known.get("lonely")?.attempts.length, 0);
    // What we pushed ourselves was told, and started nothing.
    assert.ok(pushes > quiet, "the stack's registry tells nothing");
    assert.equal(lines.filter((line) => line.startsWith("Rebuilding")).length, 1);
    const committed = project.git(
      "--git-dir",
      path.join(project.root, "../remote.git"),
      "log",
      "--format=%s",
      "factory-state",
    );
    assert.match(committed, new RegExp(`^Rebuilt base, tool, toolkit, web\\n[^]*adopt ${digest}`, "m"));
    assert.equal(project.git("-C", path.join(project.root, "state"), "status", "--porcelain"), "");

    // Kargo's manifests are what they were, valid, and what they ask of the state is answered.
    assert.match(await factory("render", "kargo"), /^3 files in kargo: 0 written, 0 removed$/m);
    assert.deepEqual(await checkPipeline(project.root), []);
    const documents = await manifests();
    assert.deepEqual([...new Set(documents.map(({ kind }) => kind))].sort(), [
      "AnalysisTemplate",
      "Application",
      "Namespace",
      "Project",
      "ProjectConfig",
      "Stage",
      "Warehouse",
    ]);
    for (const document of documents) assert.deepEqual(kargoDocument.safeParse(document).error, undefined);
    assert.match(await factory("adopted", name(), digest), /^yes: /);
    await assert.rejects(factory("adopted", name(), `sha256:${"0".repeat(64)}`), { code: 1, stdout: /^no: / });
  });

  it("leaves manifests that Kargo's own schemas accept", async function () {
    const folder = process.env.KARGO_SCHEMAS;
    if (folder === undefined) return this.skip();
    const schemas = new KargoSchemas(folder);
    for (const document of await manifests()) {
      if (document.kind === "Namespace" || document.kind === "Application") continue;
      assert.deepEqual(schemas.problemsOf(document), []);
    }
  });

  it("is foretold by the simulator, from the ledger that this wrote", async () => {
    const known = await states();
    const fleet = fleetOf(
      { externals: [] },
      valueOrThrow("the graph", await loadImageGraph(project.root, settings)).graph,
    );
    const scenario = recordedScenario(fleet, known.values(), clock.now() + DAY) ?? assert.fail("nothing was seen");
    const adopted = known.get(name())?.updates.flatMap(({ to: digest, at }) => ({ image: name(), digest, at }));
    assert.deepEqual(simulate(scenario, CONFIGURED).adoptions.slice(-1), adopted?.slice(-1));
  });

  it("is recovered from the registry where its states were lost, the order of releases and what they stand on", async () => {
    const lost = new FolderStore(project.root, "lost");
    const keys = await loadVerificationKeys(project.root, settings);
    const watched = await loadWatchProject(project.root, settings);
    const options = { project: watched, settings, store: lost, released: [], keys, now: clock.now() };
    const { changes } = await reconcile(options);
    assert.ok(changes.length >= 6, changes.join("\n"));
    const [known, found] = [await states(), await lost.read()];
    for (const id of ["base", "web", "tool", "toolkit", "lonely"]) {
      assert.equal(found.get(id)?.adopted?.digest, known.get(id)?.adopted?.digest, id);
      // A rebuild that gave the same digest again was not released anew: the registry knows the first one.
      const builds = known.get(id)?.builds ?? [];
      const first = builds.filter(({ digest }, at) => builds.findIndex((each) => each.digest === digest) === at);
      assert.deepEqual(found.get(id)?.builds?.map(digestAndBases), first.map(digestAndBases), id);
    }
    assert.equal(found.get(name())?.adopted?.digest, known.get(name())?.adopted?.digest);
    assert.deepEqual((await reconcile(options)).changes, []);
  });

  it("does not wait for what is proved to fix a flaw and to change nothing else", async () => {
    const digest = await push("second", { ...planted("1.2.0"), needed: "needed\n" });
    const known = await states();
    assert.equal(known.get(name())?.adopted?.digest, digest, lines.join("\n"));
    assert.match(known.get(name())?.adopted?.cause ?? "", /GHSA-plan-ted1-high|CVE-2099-1001/);
    assert.equal(await baseOf("base"), digest);
    await verify("toolkit");
  });

  it("says why a release is there: from the image to what was adopted, what came with the base and what is its own", async () => {
    const known = await states();
    const releases = (id: string) =>
      known
        .get(id)
        ?.updates.map(({ to = "" }) => to)
        .slice(-2) ?? [];
    const [[before, now], [oldBase, newBase], [oldOs, newOs]] = [releases("web"), releases("base"), releases(name())];
    const { causes, platforms, ...release } = JSON.parse(await factory("why", "web", "--json")) as WhyRecord;
    assert.deepEqual([release.image, release.digest, release.before], ["web", now, before]);
    const os = name().replace(/:1$/, "");
    assert.deepEqual(
      causes.map(({ image, reason }) => `${image}: ${reason.replace(/^adopted \S+: /, "adopted: ")}`),
      [
        `web: base changed from ${oldBase} to ${newBase}.`,
        `base: ${os} changed from ${oldOs} to ${newOs}.`,
        `${os}: adopted: ${known.get(name())?.adopted?.cause}`,
      ],
    );
    for (const { base, flaws, own } of platforms) {
      assert.deepEqual(base.changes, [{ name: "factory-planted", before: ["1.1.0"], after: ["1.2.0"] }]);
      assert.deepEqual([own.layers, own.growth, own.packages, own.changes], [1, 0, 0, []]);
      assert.ok(base.layers >= 2 && base.size > own.size, JSON.stringify(base));
      assert.deepEqual([flaws.known, flaws.fixed.length > 0, flaws.new], [true, true, []]);
    }
    assert.match(await factory("why", "web"), /^ {4}~ factory-planted 1\.1\.0 -> 1\.2\.0$/m);
  });

  it("holds what stands on an image that fails, and nobody else", async () => {
    const toolkit = await registry.digest("toolkit:local");
    const tool = await registry.digest("tool:local");
    const digest = await push("broken", planted("1.2.0"));
    await moveClock(7 * DAY);
    const known = await states();
    assert.equal(known.get(name())?.adopted?.digest, digest);
    assert.equal(known.get("tool")?.attempts.at(-1)?.result, "failed", lines.join("\n"));
    assert.equal(await baseOf("base"), digest, lines.join("\n"));
    assert.equal(await baseOf("web"), await registry.digest("base:local"), lines.join("\n"));
    assert.equal(await registry.digest("tool:local"), tool);
    assert.equal(await registry.digest("toolkit:local"), toolkit);
  });

  async function verify(id: string): Promise<void> {
    const keys = await loadVerificationKeys(project.root, settings);
    const [host = ""] = settings.registry.split("/");
    const verifier = new Verifier({ registry: host, insecure: true, keys });
    const digest = await registry.digest(`${id}:local`);
    const reference = { repository: `${settings.registry}/${id}`, digest };
    const verification = await verifier.verify(reference, verificationPolicyOf(settings, []));
    assert.ok(isVerified(verification), JSON.stringify(verification, undefined, 2));
    assert.ok(
      (await new RegistryClient(settings.registry, true).headManifest(reference.repository, digest)) !== undefined,
    );
  }
});
