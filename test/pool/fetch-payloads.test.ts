import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchPayloads, PayloadsError } from "../../provider/pool/fetch-payloads.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { payloadOf } from "../support/debian-package.js";
import { type Answer, HttpMirror } from "../support/http-mirror.js";

const names = ["one", "two", "three"];
const contents = new Map(names.map((name) => [name, Buffer.from(`the package ${name}`)]));
const payloads = names.map((name) => payloadOf({ name, entries: [] }, contents.get(name) ?? Buffer.alloc(0)));
const lock = { platforms: { "linux/amd64": payloads, "linux/arm64": payloads } };

describe("fetchPayloads", () => {
  let folder = "";
  let mirror: HttpMirror | undefined;

  /** The error, or the names that were fetched, where the mirror answers as `faults` says and well otherwise. */
  async function fetchFrom(
    faults: (name: string, times: number) => Answer | undefined,
  ): Promise<PayloadsError | string[]> {
    mirror = await HttpMirror.start((at, times) => {
      const name = path.basename(at).split("_")[0] ?? "";
      return faults(name, times) ?? contents.get(name);
    });
    process.env.FACTORY_DEBIAN_MIRROR = mirror.address;
    try {
      const cache = new PayloadCache(folder);
      const found = await fetchPayloads({ name: "tools", lock, lockFile: "bases/tools/packages.lock.json", cache });
      return [...found.values()].map(({ payload }) => payload.name).sort();
    } catch (error) {
      if (!(error instanceof PayloadsError)) throw error;
      return error;
    }
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "factory-fetch-"));
  });

  afterEach(async () => {
    delete process.env.FACTORY_DEBIAN_MIRROR;
    await mirror?.stop();
    await rm(folder, { recursive: true });
  });

  it("fetches each payload once for all platforms, and nothing the second time", async () => {
    assert.deepEqual(await fetchFrom(() => undefined), [...names].sort());
    assert.equal(mirror?.asked.length, 3);
    await mirror?.stop();
    assert.deepEqual(await fetchFrom(() => 500), [...names].sort());
  });

  it("tries again after a broken connection and a passing fault", async () => {
    const found = await fetchFrom((name, times) => {
      if (name === "one" && times === 0) return "reset";
      return name === "two" && times < 2 ? 503 : undefined;
    });
    assert.deepEqual(found, [...names].sort());
  });

  const rows: readonly {
    readonly name: string;
    readonly answer: Answer;
    readonly gone: readonly string[];
    readonly message: RegExp;
    readonly remedy: RegExp;
  }[] = [
    {
      name: "a payload that is gone",
      answer: 404,
      gone: ["two"],
      message: /two 1\.0-1 .* is gone: its source has no pool\/main\/two_/,
      remedy: /factory lock tools/,
    },
    {
      name: "other bytes",
      answer: Buffer.from("other"),
      gone: [],
      message: /two 1\.0-1 has the wrong checksum: expected sha256 [0-9a-f]{64} .* found [0-9a-f]{64}/,
      remedy: /factory lock tools/,
    },
    {
      name: "a mirror that refuses",
      answer: 403,
      gone: [],
      message: /two_1\.0-1_all\.deb cannot be fetched: the answer is 403/,
      remedy: /Try again/,
    },
    {
      name: "a mirror that stays broken",
      answer: 500,
      gone: [],
      message: /cannot be fetched: the answer is 500/,
      remedy: /Try again/,
    },
    { name: "a mirror that hangs up", answer: "reset", gone: [], message: /cannot be fetched/, remedy: /Try again/ },
  ];
  for (const { name, answer, gone, message, remedy } of rows) {
    it(`names lock, payload and remedy for ${name}, and keeps the others`, async () => {
      const error = await fetchFrom((asked) => (asked === "two" ? answer : undefined));
      assert.ok(error instanceof PayloadsError);
      const [problem, ...more] = error.problems;
      assert.equal(more.length, 0);
      assert.equal(problem?.place.file, "bases/tools/packages.lock.json");
      assert.match(problem?.message ?? "", message);
      assert.match(problem?.remedy ?? "", remedy);
      assert.deepEqual(
        error.gone.map((payload) => payload.name),
        gone,
      );
      const cache = new PayloadCache(folder);
      const kept = await Promise.all(payloads.map((payload) => cache.find(payload)));
      assert.deepEqual(
        kept.map((found) => found?.payload.name),
        ["one", undefined, "three"],
      );
    });
  }

  it("lists everything that failed", async () => {
    const error = await fetchFrom((name) => (name === "one" ? undefined : 404));
    assert.ok(error instanceof PayloadsError);
    assert.deepEqual(error.gone.map(({ name }) => name).sort(), ["three", "two"]);
  });
});
