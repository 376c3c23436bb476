import assert from "node:assert/strict";
import { once } from "node:events";
import { pinImages } from "../../cli/pin/pin-images.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { loadState } from "../../domain/state/load.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readRecord } from "../../tools/services/record.js";
import { Checkout, type Run } from "../support/checkout.js";
import { file, tarOf } from "../support/debian-package.js";
import { Registry } from "../support/oci.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";

describe("factory watch, killed while the engine runs", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx"] });

  it("ends what it left behind, builds what was adopted, and stops in order when it is interrupted", async () => {
    const { registry } = services();
    const name = `${registry}/vendor/os:1`;
    const project = new Checkout(services(), "killed");
    project.write({
      "Pulumi.local.yaml": `config:\n  factory:registry: ${registry}\n  factory:builder: test\n  factory:evidence: false\n  factory:allowedRegistries: [${registry}/vendor]\n`,
      "images.yaml": "defaults: { rebuild: { delay: 0s } }\n",
      "bases/base/Dockerfile": `FROM ${name}\nUSER 65532:65532\n`,
      "images/web/Dockerfile": "FROM factory.invalid/base\nCOPY web /web\n",
      "images/web/web": "web\n",
    });
    project.commit();
    const first = await push("first");
    const settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
    const crane = services().toolchain.program("crane");
    await pinImages({ root: project.root, names: [name], settings, crane, now: new Date() });
    const up = project.start("up");
    assert.equal(await up.ended, 0, up.stderr);

    const killed = project.factory("watch");
    await says(killed, "Watching;");
    const second = await push("second");
    await says(killed, "Rebuilding base, web.");
    killed.process.kill("SIGKILL");
    await killed.ended;

    const next = project.factory("watch");
    await says(next, "Watching;");
    while ((await baseOf("base")) !== second || (await baseOf("web")) !== (await digestOf("base"))) {
      await Promise.race([once(next.process, "said"), next.ended.then(() => assert.fail(next.stderr))]);
    }
    next.process.kill("SIGINT");
    assert.equal(await next.ended, 0, next.stderr);
    assert.equal(readRecord(project.dataDir, "watch"), undefined);
    assert.deepEqual(project.engineProcesses(), []);

    const states = valueOrThrow("the states", await loadState(project.root, "state"));
    const os = states.get(name);
    assert.deepEqual(
      os?.ledger.map(({ digest }) => digest),
      [first, second],
    );
    assert.equal(os?.adopted?.digest, second);
    for (const id of ["base", "web"]) {
      const state = states.get(id);
      assert.equal(state?.adopted?.digest, await digestOf(id), id);
      assert.ok(
        state?.attempts.every(({ end }) => end !== undefined),
        id,
      );
    }

    async function push(content: string): Promise<string> {
      const client = new RegistryClient(registry, true);
      const layer = await tarOf([file("content", content)]);
      const { digest } = await pushSmallImage(client, `${registry}/vendor/os`, layer);
      await client.putManifest(`${registry}/vendor/os`, await client.getManifest(`${registry}/vendor/os`, digest), "1");
      return digest;
    }
  });

  const digestOf = (id: string) => new Registry(services()).digest(`${id}:local`);

  async function baseOf(id: string): Promise<string | undefined> {
    const { Labels } = await new Registry(services()).config(`${id}:local`, "linux/amd64");
    return Labels["org.opencontainers.image.base.digest"];
  }

  /** Resolves when it has said it. */
  async function says(run: Run, text: string): Promise<void> {
    while (!run.stderr.includes(text)) {
      await Promise.race([
        once(run.process, "said"),
        run.ended.then(() => assert.fail(`it ended without "${text}":\n${run.stderr}`)),
      ]);
    }
  }
});
