import assert from "node:assert/strict";
import { existsSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { formatHistoryTag } from "../../domain/release/history.js";
import { loadRollbacks } from "../../domain/rollback/load.js";
import type { Rollback } from "../../domain/rollback/types.js";
import type { VerificationPolicy } from "../../domain/verification/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import type { RollbackContext } from "../../provider/rollback/plan-rollback.js";
import { liftRollbacks, rollBack } from "../../provider/rollback/roll-back.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { newSigner } from "../registry-client/bundles.js";
import { FaultingProxy } from "../support/faulting-proxy.js";
import { useServices } from "../support/with-services.js";
import { BUILDER, makeImage, SOURCE } from "../verification/proved-image.js";

const policy: VerificationPolicy = { builders: [BUILDER], sources: [SOURCE], development: false, recalls: [] };
const request = { reason: "it answers nothing", by: "on-call", now: "2026-01-31T12:00:00Z" };

describe("a rollback", () => {
  const services = useServices({ tools: [] });
  const signer = newSigner();
  let client: RegistryClient;
  let count = 0;

  before(() => {
    client = new RegistryClient(services().registry);
  });

  /** An image of its own with releases a, b, c, the last under `local`, and what the tests ask of it. */
  async function released(making: { readonly proved?: (release: string) => boolean } = {}) {
    const image = `web-${count++}`;
    const root = mkdtempSync(path.join(services().dataDir, "rollback-"));
    const repository = `${services().registry}/${image}`;
    const digests: Record<string, string> = {};
    for (const [time, release] of ["a", "b", "c"].entries()) {
      const attached = () => making.proved?.(release) ?? true;
      const { digest } = await makeImage(client, signer, { repository, content: image + release, attached });
      digests[release] = digest;
      await tag(client, repository, digest, formatHistoryTag({ time, head: "local" }));
      for (const name of ["local", "1", `v1.0.${time}`, `b-${time}`]) await tag(client, repository, digest, name);
    }
    const { a = "", b = "", c = "" } = digests;
    const meant = async (...names: readonly string[]) =>
      Promise.all(names.map(async (name) => (await client.headManifest(repository, name))?.digest));
    return { image, root, repository, a, b, c, meant };
  }

  function context(rollbacks: readonly Rollback[] = [], changes: Partial<VerificationPolicy> = {}): RollbackContext {
    const { registry } = services();
    const settings = { registry, channel: "local", stack: "local" };
    const verifier = new Verifier({ registry, keys: [signer.publicKeyPem] });
    return { settings, client, verifier, policy: { ...policy, ...changes }, rollbacks };
  }

  const recall = (digest: string, image: string) => ({ digest, image, reason: "leaks", by: "us", date: "2026-01-01" });

  it("puts all moving tags back to the release before, records it, and moves no other tag", async () => {
    const { image, root, b, c, meant } = await released();
    const [plan] = await rollBack(root, context(), { images: [image], ...request });
    assert.deepEqual(plan?.tags, ["1", "local"]);
    assert.deepEqual(await meant("local", "1", "v1.0.2", "b-2"), [b, b, c, c]);
    const { value, problems } = await loadRollbacks(root);
    assert.deepEqual(problems, []);
    const { reason, by, now: at } = request;
    assert.deepEqual(value, [{ image, stack: "local", from: c, to: b, tags: ["1", "local"], reason, by, at }]);
  });

  it("again changes nothing, and goes further only where that is asked for", async () => {
    const { image, root, a, b, meant } = await released();
    await rollBack(root, context(), { images: [image], ...request });
    const { value: first } = await loadRollbacks(root);
    await rollBack(root, context(first), { images: [image], ...request });
    assert.deepEqual((await loadRollbacks(root)).value, first);
    assert.deepEqual(await meant("local", "1"), [b, b]);
    await rollBack(root, context(first), { images: [image], to: a, ...request });
    assert.deepEqual(await meant("local", "1"), [a, a]);
    const { value: second } = await loadRollbacks(root);
    assert.deepEqual(
      second.map(({ to, lifted }) => [to, lifted]),
      [
        [b, request.now],
        [a, undefined],
      ],
    );
  });

  it("passes over a release that is not proved or recalled, and says so", async () => {
    const { image, root, a, b, meant } = await released({ proved: (release) => release !== "b" });
    const [plan] = await rollBack(root, context(), { images: [image], ...request });
    assert.deepEqual(await meant("local", "1"), [a, a]);
    assert.deepEqual(
      plan?.passedOver.map(({ digest }) => digest),
      [b],
    );
    assert.match(plan?.passedOver[0]?.reason ?? "", /signature/);
  });

  it("can be lifted, and then is not gone back to by itself", async () => {
    const { image, root, c, meant, repository, a } = await released();
    await rollBack(root, context(), { images: [image], ...request });
    const { value: first } = await loadRollbacks(root);
    await liftRollbacks(root, first, { images: [image], stack: "local", now: request.now });
    const { value: second } = await loadRollbacks(root);
    assert.deepEqual(second, [{ ...first[0], lifted: request.now }]);
    await tag(client, repository, a, formatHistoryTag({ time: 9, head: "local" }));
    await tag(client, repository, a, "local");
    const [plan] = await rollBack(root, context(second), { images: [image], ...request });
    assert.notEqual(plan?.to, c);
    await assert.rejects(
      liftRollbacks(root, [], { images: [image], stack: "local", now: request.now }),
      /is not rolled back in the stack local/,
    );
    assert.equal((await meant("local"))[0], plan?.to);
  });

  type Case = Awaited<ReturnType<typeof released>>;
  const refused: Readonly<
    Record<
      string,
      readonly [to: (of: Case) => string, says: RegExp, policy?: (of: Case) => Partial<VerificationPolicy>]
    >
  > = {
    "is not proved": [({ b }) => b, /signature/],
    "is recalled": [({ b }) => b, /recall/, ({ b, image }) => ({ recalls: [recall(b, image)] })],
    "is gone": [() => `sha256:${"0".repeat(64)}`, /gone from the registry, or never was this image's/],
    "the tags mean already": [({ c }) => c, /local means sha256:\w+ already/],
    "nobody trusts any more": [({ b }) => b, /builder/, () => ({ builders: ["https://other.example"] })],
  };
  for (const [name, [to, says, changes]] of Object.entries(refused)) {
    it(`refuses a release that ${name}, and writes nothing`, async () => {
      const it = await released({ proved: (release) => release !== "b" || name !== "is not proved" });
      const images = [it.image];
      await assert.rejects(rollBack(it.root, context([], changes?.(it)), { images, to: to(it), ...request }), says);
      assert.deepEqual(await it.meant("local", "1"), [it.c, it.c]);
      assert.ok(!existsSync(path.join(it.root, "rollbacks.yaml")));
    });
  }

  it("refuses what was made as another image", async () => {
    const { image, root, repository, c, meant } = await released();
    const facts = { image: "other" };
    const { digest } = await makeImage(client, signer, { repository, content: "foreign", facts });
    await assert.rejects(rollBack(root, context(), { images: [image], to: digest, ...request }), /other/);
    assert.deepEqual(await meant("local"), [c]);
  });

  it("moves no image where one cannot go back", async () => {
    const { image, root, c, meant } = await released();
    const images = [image, "no-such-image"];
    await assert.rejects(
      rollBack(root, context(), { images, ...request }),
      /nothing was moved.*\n.*no-such-image: it has no/,
    );
    assert.deepEqual(await meant("local"), [c]);
    assert.ok(!existsSync(path.join(root, "rollbacks.yaml")));
  });

  it("that broke in the middle holds the tags, and is finished by the same command", async () => {
    const { image, root, b, c, meant } = await released();
    const proxy = await FaultingProxy.start(services().registry);
    try {
      proxy.fault = ({ method, path: asked }) =>
        method === "PUT" && asked.endsWith("/manifests/local") ? "reset" : undefined;
      const broken = { ...context(), ...viaProxy(proxy.address) };
      await assert.rejects(
        rollBack(root, broken, { images: [image], ...request }),
        /the same command again finishes it/,
      );
    } finally {
      await proxy.stop();
    }
    assert.deepEqual(await meant("1", "local"), [b, c]);
    const { value } = await loadRollbacks(root);
    assert.equal(value[0]?.to, b);
    await rollBack(root, context(value), { images: [image], ...request });
    assert.deepEqual(await meant("1", "local"), [b, b]);
    assert.deepEqual((await loadRollbacks(root)).value, value);
  });

  function viaProxy(registry: string): Pick<RollbackContext, "client" | "settings" | "verifier"> {
    return {
      settings: { registry, channel: "local", stack: "local" },
      client: new RegistryClient(registry),
      verifier: new Verifier({ registry, keys: [signer.publicKeyPem] }),
    };
  }
});
