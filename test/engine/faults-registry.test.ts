import assert from "node:assert/strict";
import { type Asked, type Fault, FaultingProxy } from "../support/faulting-proxy.js";
import { bytes } from "../support/fleet.js";
import { type RunResult, TestProject } from "../support/project.js";
import { type RegistryContent, readRegistry } from "../support/registry-content.js";
import { useServices } from "../support/with-services.js";

/** What the connections of one image suffer in an up that builds all of them anew, and what becomes of it. */
interface Row {
  readonly name: string;
  readonly fault: (asked: Asked, times: number) => Fault | undefined;
  /** What the up says of it; nothing where it succeeds. */
  readonly fails?: RegExp;
  /** Whether consumers get the new release, under the moving tag. */
  readonly moved: boolean;
  /** What the next run, without faults, has to do. */
  readonly left: "built" | "released" | "unchanged";
}

const puts = ({ method, path }: Asked, what: RegExp) => method === "PUT" && what.test(path);

const rows: Readonly<Record<string, Row>> = {
  "cut-layer": {
    name: "every connection breaks in the middle of a layer",
    fault: (asked) => (puts(asked, /candidate\/.*\/blobs\/uploads\//) ? "cut" : undefined),
    fails: /failed to push .*candidate\/cut-layer: .*(connection reset|closed network connection)/,
    moved: false,
    left: "built",
  },
  "cut-once": {
    name: "one connection breaks in the middle of a layer",
    fault: (asked, times) => (times === 0 && puts(asked, /candidate\/.*\/blobs\/uploads\//) ? "cut" : undefined),
    moved: true,
    left: "unchanged",
  },
  "no-index": {
    name: "the layers arrive in quarantine and the index does not",
    fault: (asked) => (puts(asked, /candidate\/.*\/manifests\//) ? "reset" : undefined),
    fails: /failed to push .*candidate\/no-index: .*(connection reset|closed network connection)/,
    moved: false,
    left: "built",
  },
  "half-copied": {
    name: "a release breaks off with one platform copied",
    fault: (asked, times) => (puts(asked, /v2\/half-copied\/manifests\//) && times > 0 ? "reset" : undefined),
    fails: /half-copied: the manifest sha256:\w+ could not be pushed: /,
    moved: false,
    left: "released",
  },
  "not-tagged": {
    name: "a release breaks off between the copy and the moving tag",
    fault: (asked) => (puts(asked, /\/manifests\/local$/) ? "reset" : undefined),
    fails: /not-tagged: the tag local could not be pushed: /,
    moved: false,
    left: "released",
  },
  "lost-answer": {
    name: "the registry moves the tag and its answer gets lost",
    fault: (asked) => (puts(asked, /\/manifests\/local$/) ? "lost" : undefined),
    fails: /lost-answer: the tag local could not be pushed: /,
    moved: true,
    left: "released",
  },
  untouched: { name: "nothing breaks", fault: () => undefined, moved: true, left: "unchanged" },
};

const none: RegistryContent = { tags: new Map(), broken: [] };

describe("an up through connections that break, where", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let proxy: FaultingProxy;
  let faulty: RunResult;
  let next: RunResult;
  const content: Record<"before" | "faulty" | "next", RegistryContent> = { before: none, faulty: none, next: none };
  /** How often connections of an image broke. */
  const struck = new Map<string, number>();

  before(async () => {
    proxy = await FaultingProxy.start(services().registry);
    const project = new TestProject({ ...services(), registry: proxy.address }, "connections");
    const up = async () => {
      const result = await project.up();
      return { result, found: await readRegistry(services().registry) };
    };
    writeImages(project, "first");
    const first = await up();
    assert.equal(first.result.code, 0, first.result.text);
    content.before = first.found;

    writeImages(project, "second");
    proxy.fault = (asked) => {
      const id = Object.keys(rows).find((name) => asked.path.includes(`/${name}/`));
      if (id === undefined) return undefined;
      const times = struck.get(id) ?? 0;
      const fault = rows[id]?.fault(asked, times);
      // A copy's manifests are counted from the first, which passes.
      if (fault !== undefined || puts(asked, /v2\/half-copied\/manifests\//)) struck.set(id, times + 1);
      return fault;
    };
    ({ result: faulty, found: content.faulty } = await up());
    proxy.fault = () => undefined;
    ({ result: next, found: content.next } = await up());
  });

  after(() => proxy.stop());

  for (const [id, { name, fails, left, moved }] of Object.entries(rows)) {
    it(name, () => {
      assert.equal(struck.has(id), id !== "untouched", "no connection of it broke");
      const image = faulty.images.find((it) => it.id === id);
      assert.equal(image?.state, fails === undefined ? "built" : "failed");
      const said = faulty.troubles.filter((trouble) => trouble.id === id).map(({ text }) => text);
      assert.equal(said.length, fails === undefined ? 0 : 1, said.join("\n"));
      if (fails !== undefined) assert.match(said[0] ?? "", fails);

      const [was, is, becomes] = [content.before, content.faulty, content.next].map(({ tags }) =>
        tags.get(`${id}:local`),
      );
      assert.equal(is === was, !moved);
      assert.notEqual(becomes, was);
      const after = next.images.find((it) => it.id === id);
      assert.deepEqual([after?.state, after?.digest], [left, becomes]);
    });
  }

  it("no tag is ever on half an image, and none in quarantine", () => {
    for (const { broken, tags } of [content.faulty, content.next]) {
      assert.deepEqual(broken, []);
      assert.deepEqual(
        [...tags.keys()].filter((tag) => tag.startsWith("candidate/")),
        [],
      );
    }
    assert.notEqual(faulty.code, 0);
    assert.equal(next.code, 0, next.text);
  });
});

function writeImages(project: TestProject, seed: string): void {
  for (const id of Object.keys(rows)) {
    project.write({
      [`images/${id}/Dockerfile`]: "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
      [`images/${id}/image.yaml`]: "platforms: [linux/amd64, linux/arm64]\n",
      [`images/${id}/payload`]: bytes(`${id} ${seed}`, 200_000),
    });
  }
  project.commit();
}
