import assert from "node:assert/strict";
import { readProc } from "../../tools/machine/processes.js";
import { Checkout, type Run } from "../support/checkout.js";
import { bytes } from "../support/fleet.js";
import { readRegistry } from "../support/registry-content.js";
import { useServices } from "../support/with-services.js";

/** Each stands on the one before it, so that nothing of the later ones is there when the first one is released. */
const ids = ["1-base", "2-middle", "3-middle", "4-leaf"];

interface Row {
  readonly name: string;
  /** Done as soon as the first image is released. */
  readonly strike: (checkout: Checkout, run: Run) => Promise<void> | void;
  /** How the struck run ends: an exit code, or the signal. */
  readonly ends: number | string;
  readonly says?: RegExp;
  /** What the next run says of it. */
  readonly next?: RegExp;
}

const runAgain = /Run the command again: it starts those of this machine and goes on from there/;

const rows: readonly Row[] = [
  {
    name: "its own process is killed and leaves an engine that hangs",
    strike(checkout, run) {
      const engine = checkout.engineProcesses().find((pid) => readProc(`/proc/${pid}/comm`)?.trim() === "pulumi");
      process.kill(engine ?? 0, "SIGSTOP");
      run.process.kill("SIGKILL");
    },
    ends: "SIGKILL",
    next: /Ended what a killed run had left running: \d.*\nLifted the lock of an engine that was killed/,
  },
  {
    name: "the builder is killed",
    async strike(checkout) {
      process.kill(await checkout.pidOf("buildkitd"), "SIGKILL");
    },
    ends: 1,
    says: new RegExp(` - 2-middle: .*\\n   .*${runAgain.source}`),
  },
  {
    name: "the registry is killed",
    async strike(checkout) {
      process.kill(await checkout.pidOf("registry"), "SIGKILL");
    },
    ends: 1,
    says: new RegExp(` - 2-middle: .*connection refused\\n   .*${runAgain.source}`),
  },
  {
    name: "everything is killed at once, as when the power fails",
    async strike(checkout, run) {
      const services = [await checkout.pidOf("registry"), await checkout.pidOf("buildkitd")];
      run.process.kill("SIGKILL");
      for (const pid of [...checkout.engineProcesses(), ...services]) process.kill(pid, "SIGKILL");
    },
    ends: "SIGKILL",
    next: /Lifted the lock of an engine that was killed/,
  },
  {
    name: "it is interrupted with Ctrl-C",
    strike(_checkout, run) {
      run.process.kill("SIGINT");
    },
    ends: 130,
    says: /Stopping: images being built are given up, finished ones are kept/,
  },
];

describe("an up in the middle of which", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let checkout: Checkout;

  before(() => {
    checkout = new Checkout(services(), "killed");
  });

  for (const { ends, name, next, says, strike } of rows) {
    it(`${name}: the next one finishes its work`, async () => {
      writeImages(checkout, name);
      const run = checkout.start("up", "--skip-preview");
      await run.says(`${ids[0]} built`);
      await strike(checkout, run);
      assert.equal(await run.ended, ends, run.stderr);
      if (says !== undefined) assert.match(run.stderr, says);

      const again = checkout.start("up", "--skip-preview", "--json");
      assert.equal(await again.ended, 0, again.stderr);
      if (next !== undefined) assert.match(again.stderr, next);
      assert.notEqual(again.images.at(-1)?.state, "unchanged", "the run was struck when all was done");
      await holdsAll(again);
    });
  }

  it("another one starts: that one refuses and names it", async () => {
    writeImages(checkout, "two at once");
    const first = checkout.start("up", "--skip-preview", "--json");
    await first.says(`${ids[0]} built`);
    // Held still, so that it is not done before the other one has started.
    first.process.kill("SIGSTOP");
    const second = checkout.start("up");
    const code = await second.ended;
    first.process.kill("SIGCONT");
    assert.equal(code, 1);
    assert.match(
      second.stderr,
      new RegExp(`process ${first.process.pid} is at work on this stack\\n.*kill ${first.process.pid}`),
    );
    assert.equal(await first.ended, 0, first.stderr);
    await holdsAll(first);
  });

  /** Every image is there under its tags, whole; nothing in quarantine has a tag; nothing is left running. */
  async function holdsAll(run: Run): Promise<void> {
    assert.deepEqual(checkout.engineProcesses(), []);
    const { broken, tags } = await readRegistry(services().registry);
    assert.deepEqual(broken, []);
    assert.deepEqual(
      ids.map((id) => tags.get(`${id}:local`)),
      run.images.map(({ digest }) => digest ?? "none"),
    );
    assert.deepEqual(
      [...tags.keys()].filter((tag) => tag.startsWith("candidate/")),
      [],
    );
  }
});

function writeImages(checkout: Checkout, seed: string): void {
  for (const [index, id] of ids.entries()) {
    const from = index === 0 ? "scratch" : `factory.invalid/${ids[index - 1]}`;
    checkout.write({
      [`images/${id}/Dockerfile`]: `FROM ${from}\nCOPY payload /${id}\nUSER 65532:65532\n`,
      [`images/${id}/image.yaml`]: "platforms: [linux/amd64]\n",
      [`images/${id}/payload`]: bytes(`${id} ${seed}`, 1_000_000),
    });
  }
  checkout.commit();
}
