import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { debianArchive } from "../../provider/pool/debian-archive.js";
import { payloadUrl } from "../../provider/pool/debian-kind.js";
import { payloadOf } from "../support/debian-package.js";

const deb822 = `# The host's suite is not the lock's.
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
`;

const oneLine = `# deb http://old.example/debian bookworm main
deb-src http://source.example/debian trixie main
deb [arch=amd64 signed-by=/etc/apt/keyrings/example.gpg] https://mirror.example/debian trixie main
deb http://mirror.example/security bullseye/updates main
`;

const rows: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly archive: object;
}[] = [
  {
    name: "the deb822 form",
    files: { "sources.list.d/debian.sources": deb822 },
    archive: {
      mirror: "http://mirror.example/debian",
      securityMirror: "http://security.example/debian-security",
      keyring: "/usr/share/keyrings/example.gpg",
    },
  },
  {
    name: "the one-line form",
    files: { "sources.list": oneLine },
    archive: {
      mirror: "https://mirror.example/debian",
      securityMirror: "http://mirror.example/security",
      keyring: "/etc/apt/keyrings/example.gpg",
    },
  },
  {
    name: "sources of other vendors beside Debian's",
    files: {
      "sources.list.d/a.list": "deb http://vendor.example/apt nodistro main\n",
      "sources.list.d/b.sources": deb822.replace("bookworm bookworm-updates", "trixie"),
      "sources.list.d/c.list.disabled": "deb http://other.example/debian trixie main\n",
    },
    archive: {
      mirror: "http://mirror.example/debian",
      securityMirror: "http://security.example/debian-security",
      keyring: "/usr/share/keyrings/example.gpg",
    },
  },
  {
    name: "a disabled source and no security archive",
    files: {
      "sources.list.d/a.sources": deb822.replace(
        "Components: main\nSigned-By",
        "Enabled: no\nComponents: main\nSigned-By",
      ),
      "sources.list": "deb http://main.example/debian trixie main\n",
    },
    archive: { mirror: "http://main.example/debian", securityMirror: "http://security.example/debian-security" },
  },
  {
    name: "the environment before the host's sources",
    files: { "sources.list": oneLine },
    env: {
      FACTORY_DEBIAN_MIRROR: "http://127.0.0.1:1/d/",
      FACTORY_DEBIAN_SECURITY_MIRROR: "http://127.0.0.1:1/s",
      FACTORY_DEBIAN_KEYRING: "/k",
    },
    archive: { mirror: "http://127.0.0.1:1/d", securityMirror: "http://127.0.0.1:1/s", keyring: "/k" },
  },
];

describe("debianArchive", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "factory-apt-sources-"));
    await mkdir(path.join(folder, "sources.list.d"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const { name, files, env = {}, archive } of rows) {
    it(`reads ${name}`, async () => {
      for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
      assert.deepEqual(await debianArchive(env, folder), archive);
    });
  }

  it("says what to set where nothing names a mirror", async () => {
    await writeFile(path.join(folder, "sources.list"), "deb http://vendor.example/apt nodistro main\n");
    await assert.rejects(debianArchive({}, folder), /no Debian mirror is known.*\n.*FACTORY_DEBIAN_MIRROR/);
    await assert.rejects(debianArchive({}, path.join(folder, "absent")), /no Debian mirror is known/);
  });
});

describe("payloadUrl", () => {
  const payload = payloadOf({ name: "libc6", version: "2.41-12+deb13u4", entries: [] }, Buffer.alloc(1));
  const archive = { mirror: "http://mirror.example/debian", securityMirror: "http://mirror.example/security" };

  it("escapes what a path may hold", () => {
    assert.equal(
      payloadUrl(payload, archive),
      "http://mirror.example/debian/pool/main/libc6_2.41-12%2Bdeb13u4_all.deb",
    );
  });

  it("asks the security archive for its own packages", () => {
    assert.match(payloadUrl({ ...payload, security: true }, archive), /^http:\/\/mirror.example\/security\/pool\//);
  });
});
