import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { RegistryClient } from "../../provider/registry/client.js";
import { findCredentials } from "../../provider/registry/credentials.js";
import { contentOf, digestOfBytes } from "../../provider/registry/descriptor.js";
import { type Answer, RegistryStub } from "./registry-stub.js";

const password = "s3cret:with:colons";
const basic = `Basic ${Buffer.from(`alice:${password}`).toString("base64")}`;
const blob = Buffer.from("content");
const digest = digestOfBytes(blob);

describe("authorization at a registry", () => {
  const { DOCKER_CONFIG, PATH } = process.env;
  const stubs: RegistryStub[] = [];
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "image-factory-docker-"));
    process.env.DOCKER_CONFIG = folder;
  });
  afterEach(async () => {
    if (DOCKER_CONFIG === undefined) delete process.env.DOCKER_CONFIG;
    else process.env.DOCKER_CONFIG = DOCKER_CONFIG;
    process.env.PATH = PATH;
    for (const stub of stubs.splice(0)) await stub.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(answer: Answer): Promise<RegistryStub> {
    const stub = await RegistryStub.start(answer);
    stubs.push(stub);
    return stub;
  }

  function configure(config: object): void {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  }

  function helper(name: string, script: string): void {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, `docker-credential-${name}`), 0o755);
    process.env.PATH = `${bin}${delimiter}${PATH}`;
  }

  const auth = Buffer.from(`alice:${password}`).toString("base64");
  const answered = JSON.stringify({ ServerURL: "x", Username: "alice", Secret: password });

  /** Wants Basic; gives the blob. */
  function basicRegistry(): Promise<RegistryStub> {
    return start((request, response) => {
      if (request.headers.authorization !== basic) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' }).end();
      } else response.end(blob);
    });
  }

  const sources: readonly (readonly [name: string, prepare: (host: string) => void])[] = [
    ["the file", (host) => configure({ auths: { [host]: { auth } } })],
    [
      "the file, under the address of an older client",
      (host) => configure({ auths: { [`http://${host}/v1/`]: { auth } } }),
    ],
    [
      "the helper named for the registry, asked for its host",
      (host) => {
        configure({ credHelpers: { [host]: "one" }, credsStore: "other" });
        helper("one", `[ "$(cat)" = "${host}" ] && echo '${answered}'`);
        helper("other", "exit 1");
      },
    ],
    [
      "the store of all registries",
      () => {
        configure({ credsStore: "all" });
        helper("all", `echo '${answered}'`);
      },
    ],
    [
      "the file where the store has none",
      (host) => {
        configure({ credsStore: "empty", auths: { [host]: { auth } } });
        helper("empty", "echo 'credentials not found in native keychain'; exit 1");
      },
    ],
  ];
  for (const [name, prepare] of sources) {
    it(`takes credentials from ${name}`, async () => {
      const stub = await basicRegistry();
      prepare(stub.address);
      const client = new RegistryClient(stub.address);
      assert.deepEqual(await client.getBlob(`${stub.address}/web`, digest), blob);
    });
  }

  const hub = "https://index.docker.io/v1/";
  const logins: readonly (readonly [name: string, prepare: () => void])[] = [
    ["the file", () => configure({ auths: { [hub]: { auth } } })],
    [
      "the store",
      () => {
        configure({ credsStore: "all" });
        helper("all", `[ "$(cat)" = "${hub}" ] && echo '${answered}'`);
      },
    ],
  ];
  for (const [name, prepare] of logins) {
    it(`takes Docker Hub's from ${name}, where \`docker login\` puts them under another name`, async () => {
      prepare();
      assert.deepEqual(await findCredentials("registry-1.docker.io"), { username: "alice", password });
    });
  }

  it("takes credentials that it is given, whatever docker's configuration holds", async () => {
    const stub = await basicRegistry();
    configure({ auths: { [stub.address]: { auth: Buffer.from("bob:other").toString("base64") } } });
    const client = new RegistryClient(stub.address, true, { username: "alice", password });
    assert.deepEqual(await client.getBlob(`${stub.address}/web`, digest), blob);
  });

  const wrong: readonly (readonly [name: string, prepare: (host: string) => void, message: RegExp])[] = [
    ["no login", () => configure({}), /the registry answered 401\. Log in with `docker login 127/],
    [
      "a wrong password",
      (host) => configure({ auths: { [host]: { auth: Buffer.from(`alice:${password}x`).toString("base64") } } }),
      /the registry answered 401\. Log in/,
    ],
    [
      "a damaged configuration",
      () => writeFileSync(join(folder, "config.json"), `{"auths": ${password}`),
      /config\.json: this is no/,
    ],
    [
      "a helper that is not there",
      () => configure({ credsStore: "nowhere" }),
      /docker-credential-nowhere, which it names.*PATH/,
    ],
    ["a helper outside PATH", () => configure({ credsStore: "../../evil" }), /"\.\.\/\.\.\/evil" is no name/],
    [
      "a helper that fails",
      () => {
        configure({ credsStore: "bad" });
        helper("bad", `echo '${password}'; exit 1`);
      },
      /docker-credential-bad: it gave no credentials for 127/,
    ],
    [
      "a helper that answers with something else",
      () => {
        configure({ credsStore: "odd" });
        helper("odd", `echo '${password}'`);
      },
      /docker-credential-odd: its answer is not/,
    ],
  ];
  for (const [name, prepare, message] of wrong) {
    it(`says so about ${name}, without any password`, async () => {
      const stub = await basicRegistry();
      prepare(stub.address);
      await assert.rejects(
        new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest),
        (error: unknown) => {
          assert.match(String(error), message);
          assert.ok(!String(error).includes(password));
          return true;
        },
      );
    });
  }

  describe("by bearer tokens", () => {
    let tokens: RegistryStub;
    let issued: number;

    /** Wants the newest token; gives the blob. */
    async function tokenRegistry(realm = `http://${tokens.address}/token`): Promise<RegistryStub> {
      const stub = await start((request: IncomingMessage, response: ServerResponse) => {
        if (request.headers.authorization === `Bearer token-${issued}`) response.end(blob);
        else {
          const challenge = `Bearer realm="${realm}",service="registry.example",scope="ignored"`;
          response.writeHead(401, { "www-authenticate": challenge }).end();
        }
      });
      configure({ auths: { [stub.address]: { auth } } });
      return stub;
    }

    beforeEach(async () => {
      issued = 0;
      tokens = await start((_, response) => {
        issued += 1;
        response.end(JSON.stringify({ token: `token-${issued}` }));
      });
    });

    it("asks once for each scope, with the password, and uses it until it is refused", async () => {
      const stub = await tokenRegistry();
      const client = new RegistryClient(stub.address);
      for (let times = 0; times < 3; times++) await client.getBlob(`${stub.address}/team/web`, digest);
      const query = "service=registry.example&scope=repository%3Ateam%2Fweb%3Apull";
      assert.deepEqual(tokens.asked, [{ line: `GET /token?${query}`, authorization: basic }]);
      assert.ok(stub.asked.every(({ authorization }) => !authorization?.startsWith("Basic")));
      issued = 7;
      await client.getBlob(`${stub.address}/team/web`, digest);
      assert.equal(issued, 8);
    });

    it("asks for push where it pushes", async () => {
      const stub = await tokenRegistry();
      const client = new RegistryClient(stub.address);
      await assert.rejects(client.putManifest(`${stub.address}/web`, contentOf("a/b", blob)));
      assert.match(tokens.asked[0]?.line ?? "", /repository%3Aweb%3Apull%2Cpush$/);
    });

    it("has one token for a copy, whose stream could not be sent again", async () => {
      const stub = await start(({ method, headers }, response) => {
        if (!headers.authorization?.startsWith("Bearer ")) {
          const challenge = `Bearer realm="http://${tokens.address}/token",service="registry.example"`;
          response.writeHead(401, { "www-authenticate": challenge }).end();
        } else if (method === "GET") response.end(blob);
        else response.writeHead(method === "POST" ? 202 : 201, { location: "/upload" }).end();
      });
      const [from, to] = [`${stub.address}/source`, `${stub.address}/target`];
      await new RegistryClient(stub.address).copyBlob(from, to, contentOf("a/b", blob).descriptor);
      assert.match(
        tokens.asked[0]?.line ?? "",
        /scope=repository%3Atarget%3Apull%2Cpush&scope=repository%3Asource%3Apull$/,
      );
    });

    it("says whose login refused", async () => {
      const refusing = await start((_, response) => response.writeHead(403).end("no"));
      const stub = await tokenRegistry(`http://${refusing.address}/token`);
      await assert.rejects(
        new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest),
        new RegExp(`${refusing.address}, its login, answered 403\\. Log in with`),
      );
    });
  });

  it("never goes to another origin on a redirect", async () => {
    const other = await start((_, response) => response.end(blob));
    const stub = await start((request, response) => {
      if (request.headers.authorization !== basic) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
      } else response.writeHead(307, { location: `http://${other.address}/elsewhere` }).end();
    });
    configure({ auths: { [stub.address]: { auth } } });
    assert.deepEqual(await new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest), blob);
    assert.deepEqual(other.asked, [{ line: "GET /elsewhere", authorization: undefined }]);
  });

  it("never goes to another origin with an upload", async () => {
    const other = await start((_, response) => response.writeHead(201).end());
    const stub = await start((request, response) => {
      if (request.headers.authorization !== basic) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
      } else if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(202, { location: `http://${other.address}/upload?state=a%3D` }).end();
    });
    configure({ auths: { [stub.address]: { auth } } });
    await new RegistryClient(stub.address).putBlob(`${stub.address}/web`, contentOf("a/b", blob));
    const line = `PUT /upload?state=a%3D&digest=${encodeURIComponent(digest)}`;
    assert.deepEqual(other.asked, [{ line, authorization: undefined }]);
  });
});
