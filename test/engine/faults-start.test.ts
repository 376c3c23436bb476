import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderLock } from "../../domain/lock/render.js";
import { lockRequestHash } from "../../domain/lock/request.js";
import { readRequest } from "../../domain/lock/schema.js";
import { composePool } from "../../provider/pool/compose.js";
import { writeBuilder } from "../../tools/services/buildx.js";
import { freePort } from "../../tools/services/ports.js";
import { file, packageFile, payloadOf } from "../support/debian-package.js";
import { type Answer, HttpMirror } from "../support/http-mirror.js";
import { type RunOptions, TestProject } from "../support/project.js";
import { readRegistry } from "../support/registry-content.js";
import { useServices } from "../support/with-services.js";

/** What an up has to do without from its start, and what it says of it. */
interface Row {
  readonly name: string;
  readonly options?: () => Promise<RunOptions>;
  /** By the image or pool that it is about: message and remedy. */
  readonly says: Readonly<Record<string, RegExp>>;
  /** The images that need nothing of what is missing, and are released. */
  readonly released: readonly string[];
}

/** What the archive answers for a package, by its name: each is the only one of a base of that name. */
const answers: Readonly<Record<string, Answer>> = {
  gone: 404,
  replaced: Buffer.from("other bytes"),
  silent: "reset",
};

const rows: readonly Row[] = [
  {
    name: "its registry",
    options: async () => ({ config: { "factory:registry": `127.0.0.1:${await freePort()}` } }),
    says: { other: /candidate\/other: .*connection refused\nThe registry or the builder did not answer/ },
    released: [],
  },
  {
    name: "its builder",
    options: async () => ({ config: { "factory:builder": "dead" } }),
    says: { other: /context deadline exceeded\nThe registry or the builder did not answer/ },
    released: [],
  },
  {
    name: "a builder of the name that it is given",
    options: async () => ({ config: { "factory:builder": "unknown" } }),
    says: { other: /no builder "unknown" found\n.*factory:builder/ },
    released: [],
  },
  {
    name: "packages that were locked",
    says: {
      "gone-pool": /bases\/gone\/packages\.lock\.json: gone .* is gone: .*\n.*npx factory lock gone/,
      "replaced-pool":
        /bases\/replaced\/packages\.lock\.json: replaced .* has the wrong checksum: .*\n.*npx factory lock/,
      "silent-pool":
        /bases\/silent\/packages\.lock\.json: .* cannot be fetched: .*\n.*Try again when the source answers/,
    },
    released: ["other"],
  },
];

describe("an up that has to do without", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  /** Package files by their path in the archive. */
  const files = new Map<string, Buffer>();
  let mended = false;
  let mirror: HttpMirror;
  let project: TestProject;

  before(async () => {
    mirror = await HttpMirror.start((asked) => {
      const wrong = mended ? undefined : answers[path.basename(asked).split("_")[0] ?? ""];
      return wrong ?? files.get(asked.slice(1));
    });
    const env = { ...services().env, FACTORY_DEBIAN_MIRROR: mirror.address, FACTORY_CACHE: at("cache") };
    project = new TestProject({ ...services(), env }, "without");
    for (const name of Object.keys(answers)) await writeBase(name);
    project.write({
      "images/other/Dockerfile": "FROM scratch\nCOPY other /other\nUSER 65532:65532\n",
      "images/other/other": "1\n",
    });
    project.commit();
    writeBuilder(services().dataDir, "dead", `unix://${at("nowhere.sock")}`);
  });

  after(() => mirror.stop());

  for (const { name, options, released, says } of rows) {
    it(`${name} says so, and releases nothing that needs it`, async () => {
      const { code, troubles } = await project.up(await options?.());
      assert.equal(code, 1);
      for (const [id, expected] of Object.entries(says)) {
        const said = troubles.filter((trouble) => trouble.id === id).map(({ remedy, text }) => `${text}\n${remedy}`);
        assert.match(said.join("\n"), expected);
      }
      assert.deepEqual(
        troubles.filter(({ kind }) => kind !== "image"),
        [],
      );
      const { broken, tags } = await readRegistry(services().registry);
      assert.deepEqual(broken, []);
      assert.deepEqual([...new Set([...tags.keys()].map((tag) => tag.split(":")[0]))], released);
    });
  }

  it("finishes once all is there", async () => {
    mended = true;
    const { code, images, troubles } = await project.up();
    assert.equal(code, 0, JSON.stringify(troubles, undefined, 2));
    const { broken, tags } = await readRegistry(services().registry);
    assert.deepEqual(broken, []);
    assert.deepEqual(
      images.map(({ id, state, digest }) => [id, state, digest]),
      ["gone", "other", "replaced", "silent"].map((id) => {
        return [id, id === "other" ? "unchanged" : "built", tags.get(`${id}:local`)];
      }),
    );
  });

  /** A base of one package, whose file lies in the archive and in no cache. */
  async function writeBase(name: string): Promise<void> {
    const fixture = { name, entries: [file(`usr/share/${name}`, name)] };
    const bytes = await packageFile(fixture);
    const payload = payloadOf(fixture, bytes);
    files.set(payload.path, bytes);
    writeFileSync(at(payload.sha256), bytes);
    const yaml = `debian:\n  suite: trixie\n  packages: [${name}]\n`;
    const { data } = readRequest("packages.yaml", yaml);
    assert.ok(data !== undefined);
    const lock = {
      request: lockRequestHash(data),
      platforms: { "linux/amd64": [payload], "linux/arm64": [payload] },
    };
    const payloads = new Map([[payload.sha256, { payload, file: at(payload.sha256) }]]);
    const digest = await composePool({ name, lock, payloads });
    project.write({
      [`bases/${name}/packages.yaml`]: yaml,
      [`bases/${name}/packages.lock.json`]: renderLock({ schema: 1, ...lock, pool: { digest } }),
      [`bases/${name}/Dockerfile`]: `FROM scratch\nCOPY --from=factory.invalid/pool/${name} / /\nUSER 65532:65532\n`,
    });
  }

  function at(...names: readonly string[]): string {
    return path.join(services().dataDir, ...names);
  }
});
