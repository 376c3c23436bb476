import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CandidateImage } from "../../domain/evidence/types.js";
import { livingPids, readProc } from "../../tools/machine/processes.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";
import { useEnvironment } from "./environment.js";
import { suiteOf, TestImages, user } from "./test-image.js";

describe("tests of an image that cannot be run", function () {
  this.timeout("5m");
  const services = useServices({ tools: ["crane", "buildx", "image-test"] });
  useEnvironment(services);
  let images: TestImages;
  let image: CandidateImage;
  before(async () => {
    images = new TestImages(services());
    const lines = [user, 'CMD ["/program", "serve", "200"]'];
    image = await images.build(lines, ["linux/amd64", "linux/arm64"]);
  });

  const suite = () => suiteOf("fileExistenceTests: [{ name: it, path: /program }]\n", {});

  /** Puts another program before the runner of a platform. */
  async function withRunner<T>(architecture: string, program: string | Buffer, use: () => Promise<T>): Promise<T> {
    const { PATH = "" } = process.env;
    const real = services().toolchain.program(`image-test-linux-${architecture}`);
    const folder = path.join(services().dataDir, `runners-${architecture}`);
    mkdirSync(folder, { recursive: true });
    cpSync(path.dirname(real), folder, { recursive: true });
    writeFileSync(path.join(folder, path.basename(real)), program);
    process.env.PATH = `${folder}:${PATH}`;
    try {
      return await use();
    } finally {
      process.env.PATH = PATH;
    }
  }

  it("are static, with the reason, where the builder has no emulator for the platform", async () => {
    const outcome = await withRunner("arm64", "no program of any processor", () => images.run(image, suite()));
    const [native, foreign] = outcome.reports;
    assert.equal(native?.mode, "native");
    assert.equal(foreign?.mode, "static");
    assert.match(foreign?.reason ?? "", /exec format error/);
    assert.deepEqual(
      foreign?.tests.map(({ id, status }) => `${id} ${status}`),
      ["user passed", "platform passed", "process not-run", "fileExistenceTests[0] passed", "smoke not-run"],
    );
    assert.deepEqual(outcome.failures, []);
  });

  for (const architecture of ["amd64", "arm64"]) {
    it(`say nothing of the image when the runner is killed on ${architecture}`, async () => {
      const run = withRunner(architecture, readFileSync(images.program(architecture)), () =>
        images.run(image, suite()),
      );
      await assert.rejects(run, /^TestRunError: the tests of .* could not be run on builder "test": .*exit code: 137/);
    });
  }

  it("say nothing of the image when the runner ends without a result", async () => {
    const run = withRunner("amd64", trueProgram(), () => images.run(image, suite()));
    await assert.rejects(run, /^TestRunError: .* gave no results/);
  });

  it("end at once when they are cancelled, and leave nothing behind", async () => {
    const hanging = await images.build([user, 'CMD ["/program", "serve", "503"]']);
    const controller = new AbortController();
    const before = temporaryFolders();
    const run = images.run(hanging, suiteOf("", { timeout: 120_000 }), { signal: controller.signal });
    await untilServed();
    controller.abort(new Error("enough"));
    await assert.rejects(run, /^Error: enough$/);
    assert.deepEqual(temporaryFolders(), before);
    await untilNotServed();
  });

  it("say so when the builder is gone", async () => {
    process.kill(services().pids.buildkitd, "SIGKILL");
    await assert.rejects(images.run(image, suite()), /^TestRunError: .* could not be run on builder "test": /);
  });
});

function temporaryFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("image-test-"));
}

function isServed(): boolean {
  return livingPids().some((pid) => (readProc(`/proc/${pid}/cmdline`) ?? "").startsWith("/program\0serve\x00503"));
}

async function untilServed(): Promise<void> {
  while (!isServed()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The builder ends what it ran for a client that went away. */
async function untilNotServed(): Promise<void> {
  while (isServed()) await new Promise((resolve) => setTimeout(resolve, 20));
}
