import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { SizeReport } from "../../domain/size/report.js";
import { Registry } from "../support/oci.js";
import { packagedFiles } from "../support/packaged-image.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

const platforms = ["linux/amd64", "linux/arm64"];
const packaged = "app/node_modules/js-yaml/package.json";

describe("an image whose layers are compressed with zstd", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;
  let registry: Registry;

  before(async () => {
    project = new TestProject(services(), "zstd", { evidence: true });
    registry = new Registry(services());
    const settings = `platforms: [${platforms.join(", ")}]\n`;
    project.write({
      "bases/base/Dockerfile": "FROM scratch\nCOPY true /true\nUSER 65532:65532\n",
      "bases/base/image.yaml": settings,
      "bases/base/true": trueProgram(),
      "images/work/Dockerfile": "FROM factory.invalid/base\nCOPY app /app\n",
      "images/work/image.yaml": `${settings}compression: zstd\n`,
      [`images/work/${packaged}`]: packagedFiles[packaged] ?? "",
      "images/work/test.yaml": `schemaVersion: "2.0.0"\nfileContentTests:\n  - { name: reads it, path: /${packaged}, expectedContents: [js-yaml] }\n`,
    });
    chmodSync(path.join(project.root, "bases/base/true"), 0o755);
    project.commit();
    const { code, troubles } = await project.up();
    assert.equal(code, 0, JSON.stringify(troubles, undefined, 2));
  });

  for (const platform of platforms) {
    it(`has them on those of its base as they are, for ${platform}, and crane reads both`, async () => {
      const layersOf = async (id: string): Promise<readonly { digest: string; mediaType: string }[]> =>
        JSON.parse(await registry.crane("manifest", "--platform", platform, registry.at(`${id}:local`))).layers;
      const [base, work] = await Promise.all(["base", "work"].map(layersOf));
      const [below, own] = work ?? [];
      assert.deepEqual([work?.length, below?.digest], [2, base?.[0]?.digest]);
      assert.match(below?.mediaType ?? "", /\+gzip$/);
      assert.match(own?.mediaType ?? "", /\+zstd$/);
      const files = (await registry.files("work:local", platform)).toString("latin1");
      assert.ok(files.includes("true\0") && files.includes(packaged));
    });
  }

  it("is tested, inventoried and measured as any other", () => {
    const report = (name: string) => readFileSync(path.join(project.root, ".factory/reports/work", name), "utf8");
    const { packages } = JSON.parse(report("sbom.spdx.json")) as SpdxDocument;
    assert.ok(packages.some(({ name, versionInfo }) => name === "js-yaml" && versionInfo === "5.5.0"));
    const sizes = (JSON.parse(report("size.json")) as SizeReport).platforms;
    assert.equal(sizes.length, platforms.length);
    // An archive of a few files is a multiple of 512 bytes.
    for (const { unpackedSize = Number.NaN } of sizes) assert.equal(unpackedSize % 512, 0);
    assert.match(report("junit.xml"), /reads it/);
  });
});
