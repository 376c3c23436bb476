import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { Observation } from "../../domain/state/types.js";
import { Registries } from "../../tools/rebuild/registries.js";
import { type Answer, RegistryStub } from "../registry-client/registry-stub.js";

const digest = `sha256:${"a".repeat(64)}`;
const known: Observation = {
  digest,
  tag: "1.29.2",
  platforms: ["linux/amd64"],
  firstSeen: "2026-11-01T00:00:00Z",
  how: "event",
  contents: "sha256:c",
};

/** Has two tags, both the known digest; a third is in the list and nowhere else. */
const answerWith =
  (digest: string): Answer =>
  ({ url = "" }, response) => {
    if (url.endsWith("/tags/list")) {
      response.end(JSON.stringify({ name: "nginx", tags: ["1.29.1", "1.29.2", "1.30.0"] }));
      return;
    }
    const isThere = /\/manifests\/1\.29\.[12]$/.test(url);
    response.writeHead(isThere ? 200 : 404, {
      "docker-content-digest": digest,
      "content-type": "application/vnd.oci.image.index.v1+json",
      "content-length": "100",
    });
    response.end();
  };
const answer = answerWith(digest);

describe("a look at a registry", () => {
  let stub: RegistryStub;
  beforeEach(async () => {
    stub = await RegistryStub.start(answer);
  });
  afterEach(() => stub.stop());

  const look = async (allowTags: string, host = stub.address) => {
    const repoURL = `${host}/nginx`;
    const registries = new Registries({ registry: "127.0.0.1:1", insecureRegistry: true });
    const found = await registries.look(`${repoURL}:1`, { repoURL, allowTags }, [known]);
    return found.kind === "seen" ? { ...found.sight, kind: found.kind } : { kind: found.kind, problem: found.problem };
  };

  it("costs one request where a tag means what is known", async () => {
    const { kind, ...sight } = await look("^1\\.29\\.2$");
    assert.deepEqual(
      [kind, "digest" in sight && sight.digest, "contents" in sight && sight.contents],
      ["seen", digest, "sha256:c"],
    );
    assert.deepEqual(
      stub.asked.map(({ line }) => line),
      ["HEAD /v2/nginx/manifests/1.29.2"],
    );
  });

  it("waits for a tag that was announced before it is written, as distribution does, and for no other", async () => {
    const newer = `sha256:${"b".repeat(64)}`;
    const late = await RegistryStub.start(({ url }, response) => {
      const isWritten = late.asked.filter(({ line }) => line.endsWith("/1.29.2")).length > 2;
      answerWith(isWritten ? newer : digest)({ url } as IncomingMessage, response);
    });
    try {
      const repoURL = `${late.address}/nginx`;
      const registries = new Registries({ registry: "127.0.0.1:1", insecureRegistry: true });
      const both = [known, { ...known, digest: newer }];
      const lookFor = async (tag: string, announced: string) => {
        const push = { repository: repoURL, tag: "1.29.2", digest: announced };
        const found = await registries.look(
          "nginx",
          { repoURL, allowTags: `^${tag.replaceAll(".", "\\.")}$` },
          both,
          push,
        );
        return found.kind === "seen" && found.sight.digest;
      };
      assert.equal(await lookFor("1.29.2", newer), newer);
      assert.equal(late.asked.length, 3);
      assert.equal(await lookFor("1.29.1", "another"), newer);
      assert.equal(late.asked.length, 4);
    } finally {
      await late.stop();
    }
  });

  it("takes the newest of the tags that count", async () => {
    const found = await look("^1\\.29\\.\\d+$");
    assert.equal("tag" in found && found.tag, "1.29.2");
  });

  it("says that a tag vanished, and that what is adopted stays", async () => {
    const { kind, problem } = (await look("^1\\.30\\.0$")) as { kind: string; problem: string };
    assert.equal(kind, "gone");
    assert.match(problem, /\/nginx:1\.30\.0 is gone from its registry\. What is adopted stays; name another tag/);
  });

  it("says that no tag is one that counts, and what to correct", async () => {
    const { kind, problem } = (await look("^2\\.\\d+$")) as { kind: string; problem: string };
    assert.equal(kind, "gone");
    assert.match(problem, /has no tag that allowTags \(\^2\\\.\\d\+\$\) allows\. Correct allowTags in images\.yaml\./);
  });

  it("says that a registry cannot be reached, by name", async () => {
    const { kind, problem } = (await look("^1\\.29\\.2$", "127.0.0.1:1")) as { kind: string; problem: string };
    assert.equal(kind, "unreachable");
    assert.ok(problem.includes("127.0.0.1:1"), problem);
  });
});
