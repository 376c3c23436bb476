import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import { grypeFinding, grypeMatchSchema } from "../../domain/scan/parsers/grype.js";
import type { Finding, SbomScan } from "../../domain/scan/types.js";
import { ScanError } from "../../provider/scan/scan-error.js";
import { scanSboms } from "../../provider/scan/scan-sboms.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import { baseSbom, buildDatabase, built, nextDay, scanSettings, withPackage } from "./database-fixture.js";

const run = promisify(execFile);

describe("scanning stored SBOMs", () => {
  const original = { PATH: process.env.PATH, FACTORY_CACHE: process.env.FACTORY_CACHE };
  let folder: string;

  before(async () => {
    const { pathEntries } = await ensureToolchain(["factory-scan", "grype"]);
    folder = mkdtempSync(path.join(tmpdir(), "factory-scan-test-"));
    process.env.PATH = [...pathEntries, original.PATH].join(":");
    process.env.FACTORY_CACHE = path.join(folder, "cache");
    buildDatabase(at("db.tar.gz"));
  });

  after(() => {
    process.env.PATH = original.PATH;
    if (original.FACTORY_CACHE === undefined) delete process.env.FACTORY_CACHE;
    else process.env.FACTORY_CACHE = original.FACTORY_CACHE;
    rmSync(folder, { recursive: true, force: true });
  });

  function at(...names: readonly string[]): string {
    return path.join(folder, ...names);
  }

  async function scan(
    documents: readonly SpdxDocument[],
    changes: Readonly<Record<string, unknown>> = { database: "db.tar.gz" },
    more: { readonly development?: boolean; readonly now?: () => Date; readonly signal?: AbortSignal } = {},
  ): Promise<readonly SbomScan[]> {
    const scans = await scanSboms({
      sboms: documents.map((document, index) => ({ key: String(index), document })),
      settings: scanSettings(changes),
      root: folder,
      development: false,
      now: nextDay,
      signal: new AbortController().signal,
      ...more,
    });
    return documents.map((_, index) => scans.get(String(index)) as SbomScan);
  }

  const python = () => withPackage("waitress", "3.0.2", "pkg:pypi/waitress@3.0.2");
  const node = () => withPackage("js-yaml", "5.5.0", "pkg:npm/js-yaml@5.5.0");

  it("finds what is planted in our base, with severity, fix and address", async () => {
    const [found] = await scan([baseSbom()]);
    assert.equal(found?.status, "scanned");
    const [report] = found.reports;
    assert.equal(report?.version, "0.110.0");
    assert.deepEqual(report.database, {
      version: "v6.1.4",
      built,
      checksum: `sha256:${createHash("sha256")
        .update(readFileSync(at("db.tar.gz")))
        .digest("hex")}`,
    });
    const [finding, ...others] = report.findings;
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...finding, package: finding?.package.name },
      {
        id: "DEBIAN-CVE-2099-0001",
        aliases: ["CVE-2099-0001"],
        severity: "high",
        package: "libc6",
        fix: { state: "fixed", versions: ["2.41-99"] },
        scanner: "grype",
        url: "https://example.com/CVE-2099-0001",
      },
    );
  });

  it("finds packages of PyPI and npm, each in its own SBOM of a batch", async () => {
    const found = (await scan([python(), baseSbom(), node()])).map((it) => it.reports[0]?.findings ?? []);
    const short = (finding: Finding) =>
      [finding.id, finding.severity, finding.package.name, finding.fix.state].join(" ");
    const libc = "DEBIAN-CVE-2099-0001 high libc6 fixed";
    assert.deepEqual(
      found.map((findings) => findings.map(short).sort()),
      [
        [libc, "GHSA-aaaa-bbbb-cccc critical waitress fixed"],
        [libc],
        [libc, "GHSA-dddd-eeee-ffff medium js-yaml not-fixed"],
      ],
    );
  });

  describe("finds what stock grype finds, which takes our listing for its own,", () => {
    let server: Server;
    before(async () => {
      mkdirSync(at("site"));
      buildDatabase(at("site", "db.tar.gz"));
      server = await serve(at("site"));
    });
    after(() => server.close());

    async function stock(source: string): Promise<readonly Finding[]> {
      const { stdout } = await run("grype", [source, "-o", "json", "-q"], {
        env: {
          ...process.env,
          GRYPE_DB_UPDATE_URL: `${addressOf(server)}/latest.json`,
          GRYPE_DB_CACHE_DIR: at("stock"),
          GRYPE_DB_VALIDATE_AGE: "false",
          GRYPE_CHECK_FOR_APP_UPDATE: "false",
        },
        maxBuffer: 1 << 26,
      });
      return JSON.parse(stdout).matches.map((it: unknown) => grypeFinding(grypeMatchSchema.parse(it)));
    }

    for (const [name, document] of [
      ["PyPI", python],
      ["npm", node],
    ] as const) {
      it(`in an SBOM with a package of ${name}`, async () => {
        writeFileSync(at("sbom.json"), JSON.stringify(document()));
        const [ours] = await scan([document()]);
        const found = await stock(`sbom:${at("sbom.json")}`);
        assert.deepEqual(ours?.reports[0]?.findings, found);
        assert.equal(found.length, 2);
      });
    }

    // Files say the release's codename, which our SBOMs do not, and then grype asks for it.
    it("in the files of a Debian system", async () => {
      const release = "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n";
      const status = [
        "Package: libc6",
        "Source: glibc",
        "Status: install ok installed",
        "Architecture: amd64",
        "Version: 2.41-12",
      ];
      mkdirSync(at("debian", "etc"), { recursive: true });
      mkdirSync(at("debian", "var/lib/dpkg"), { recursive: true });
      writeFileSync(at("debian", "etc/os-release"), release);
      writeFileSync(at("debian", "var/lib/dpkg/status"), `${status.join("\n")}\n\n`);
      const found = await stock(`dir:${at("debian")}`);
      assert.deepEqual(
        found.map(({ id, package: { name }, severity }) => [id, name, severity]),
        [["DEBIAN-CVE-2099-0001", "libc6", "high"]],
      );
    });
  });

  it("takes the database from a site, as grype takes its own", async () => {
    mkdirSync(at("mirror"));
    buildDatabase(at("mirror", "db.tar.gz"));
    const server = await serve(at("mirror"));
    try {
      const [found] = await scan([baseSbom()], { database: `${addressOf(server)}/latest.json` });
      assert.equal(found?.reports[0]?.findings.length, 1);
      assert.equal(found.reports[0].database?.built, built);
    } finally {
      server.close();
    }
  });

  it("makes the same archive from the same advisories", () => {
    const checksums = [1, 2, 3, 4].map((turn) => buildDatabase(at(`again-${turn}.tar.gz`)).checksum);
    assert.equal(new Set(checksums).size, 1, checksums.join());
  });

  it("refuses what is no advisory, with its file", () => {
    mkdirSync(at("bad"));
    writeFileSync(at("bad", "CVE-1.json"), '{"vulnerabilities": []}');
    assert.throws(
      () => buildDatabase(at("bad.tar.gz"), at("bad")),
      (error: Error) => /bad\/CVE-1\.json: it has no id: this is no advisory in OSV format/.test(error.message),
    );
    assert.ok(!readdirSync(folder).includes("bad.tar.gz"));
  });

  it("unpacks a database again that was damaged after it was unpacked", async () => {
    await scan([baseSbom()]);
    const hash = createHash("sha256")
      .update(readFileSync(at("db.tar.gz")))
      .digest("hex");
    const unpacked = at("cache", "vulnerabilities", hash, "6", "vulnerability.db");
    const bytes = readFileSync(unpacked);
    randomBytes(4096).copy(bytes, 20_000);
    writeFileSync(unpacked, bytes);
    const [found] = await scan([baseSbom()]);
    assert.equal(found?.reports[0]?.findings.length, 1);
  });

  const kindOf = (kind: ScanError["kind"], message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ScanError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };

  it("refuses to go on without a database, but for a local stack, which says that nobody looked", async () => {
    const changes = { database: "none.tar.gz" };
    await assert.rejects(
      scan([baseSbom()], changes),
      kindOf("database-missing", /^the database none\.tar\.gz could not be had: .*no such file.* Correct factory:scan/),
    );
    const [unscanned] = await scan([baseSbom()], changes, { development: true });
    assert.equal(unscanned?.status, "unscanned");
    assert.deepEqual(unscanned.reports, []);
    assert.match(unscanned.skipped[0]?.reason ?? "", /could not be had/);
  });

  it("tells a site that does not answer from a damaged database", async () => {
    await assert.rejects(
      scan([baseSbom()], { database: "http://127.0.0.1:9/latest.json" }),
      kindOf("database-missing", /could not be had/),
    );
  });

  for (const [name, content] of [
    ["cut off", () => readFileSync(at("db.tar.gz")).subarray(0, 3000)],
    ["something else", () => randomBytes(5000)],
    ["empty", () => Buffer.alloc(0)],
  ] as const) {
    it(`refuses a database that is ${name}, on a local stack too`, async () => {
      writeFileSync(at("damaged.tar.gz"), content());
      await assert.rejects(
        scan([baseSbom()], { database: "damaged.tar.gz" }, { development: true }),
        kindOf(
          "database-damaged",
          /^the database damaged\.tar\.gz is damaged: .* Make it again: `npx factory advisories/,
        ),
      );
    });
  }

  it("refuses a database that is too old, which a stack may allow", async () => {
    const now = () => new Date("2026-12-01T00:00:00Z");
    await assert.rejects(
      scan([baseSbom()], { database: "db.tar.gz" }, { now }),
      kindOf("database-old", /was built on 2026-11-20T00:00:00Z, 11\.0 days ago; at most 5\.0 days are allowed/),
    );
    const [found] = await scan([baseSbom()], { database: "db.tar.gz", maxAge: "2w" }, { now });
    assert.equal(found?.status, "scanned");
  });

  it("stops when it is cancelled", async () => {
    const reason = new Error("enough");
    await assert.rejects(scan([baseSbom()], undefined, { signal: AbortSignal.abort(reason) }), reason);
  });

  it("leaves nothing behind in the folder for temporary files", async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => /^factory-scan-(?!test)/.test(name));
    const earlier = left();
    await scan([baseSbom()]);
    assert.deepEqual(left(), earlier);
  });
});

async function serve(root: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.end(readFileSync(path.join(root, path.basename(new URL(request.url ?? "", "http://x").pathname))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
