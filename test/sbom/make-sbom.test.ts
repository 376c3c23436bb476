import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { checkNtia } from "../../domain/sbom/ntia.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { makeSbom, type SbomRequest } from "../../provider/sbom/make-sbom.js";
import { pushPackagedImage } from "../support/packaged-image.js";
import type { SmallImage } from "../support/small-image.js";
import { usePath } from "../support/use-path.js";
import { useServices } from "../support/with-services.js";

const run = promisify(execFile);

describe("an SBOM from the registry", () => {
  const services = useServices({ tools: ["factory-scan", "syft"] });
  usePath(services);
  let image: SmallImage;
  let request: SbomRequest;

  before(async () => {
    const { registry } = services();
    image = await pushPackagedImage(new RegistryClient(registry), `${registry}/candidate/own`);
    const [manifest] = image.platforms;
    assert.ok(manifest);
    request = {
      repository: `${registry}/candidate/own`,
      name: `${registry}/own`,
      manifest,
      owner: "platform",
      suppliers: {},
      insecure: true,
      signal: new AbortController().signal,
    };
  });

  it("names the released image by its digest, and every package with its supplier", async () => {
    const document = await makeSbom(request);
    const { digest } = request.manifest;
    assert.equal(document.name, `${request.name}@${digest}`);
    assert.deepEqual(suppliers(document), {
      [request.name]: "Organization: platform",
      "js-yaml": "Organization: nodeca",
      libc6: "Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)",
      own: "Organization: platform",
      waitress: "Person: Zope Foundation",
    });
    assert.deepEqual(checkNtia(document, request.manifest.platform), []);
  });

  it("takes its time from the image's label and holds nothing random: equal digests, equal bytes", async () => {
    const [one, two] = await Promise.all([makeSbom(request), makeSbom(request)]);
    assert.equal(JSON.stringify(one), JSON.stringify(two));
    assert.equal(one.creationInfo.created, "2026-01-31T12:00:00Z");
  });

  it("has the packages and ids of stock syft", async () => {
    const { env } = services();
    const reference = `registry:${request.repository}@${request.manifest.digest}`;
    const http = { SYFT_REGISTRY_INSECURE_USE_HTTP: "true", SYFT_CHECK_FOR_APP_UPDATE: "false" };
    const { stdout } = await run("syft", ["scan", reference, "-o", "spdx-json", "-q"], {
      env: { ...process.env, ...env, ...http },
      maxBuffer: 1 << 28,
    });
    assert.deepEqual(packagesOf(await makeSbom(request)), packagesOf(JSON.parse(stdout)));
  });

  it("says which image could not be read", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    await assert.rejects(makeSbom({ ...request, manifest: { ...request.manifest, digest } }), (error: Error) =>
      error.message.includes(`no SBOM of ${request.repository}@${digest} (linux/amd64)`),
    );
  });

  it("stops when it is cancelled", async () => {
    const reason = new Error("enough");
    await assert.rejects(makeSbom({ ...request, signal: AbortSignal.abort(reason) }), reason);
  });
});

function suppliers({ packages }: SpdxDocument): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(packages.map(({ name, supplier }) => [name, supplier]));
}

function packagesOf({ packages }: SpdxDocument): readonly string[] {
  return packages
    .filter(({ SPDXID }) => !/^SPDXRef-(Image|DocumentRoot)-/.test(SPDXID))
    .map(({ SPDXID, name, versionInfo }) => `${SPDXID} ${name} ${versionInfo}`)
    .sort();
}
