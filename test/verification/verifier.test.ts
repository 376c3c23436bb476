import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { Recall } from "../../domain/recall/types.js";
import { nameOfCheck } from "../../domain/verification/format.js";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { FailureCode, Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { poolAnnotations } from "../../provider/pool/oci.js";
import { attach } from "../../provider/registry/attach.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { contentOf, jsonContent, mediaTypes } from "../../provider/registry/descriptor.js";
import { fallbackTag, readBundles, readFallbackIndex } from "../../provider/registry/referrers.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { signStatement } from "../../provider/signing/sign-statement.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { newSigner } from "../registry-client/bundles.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import {
  BUILDER,
  dayFromNow,
  type Evidence,
  finding,
  hoursAgo,
  type Making,
  makeImage,
  type ProvedImage,
  SOURCE,
  scanOf,
  statementOf,
  unscanned,
} from "./proved-image.js";

const day = 24 * 3_600_000;
const platform = "linux/arm64";

const policy: VerificationPolicy = {
  builders: [BUILDER],
  sources: [SOURCE],
  platforms: ["linux/amd64", "linux/arm64"],
  development: false,
  maxScanAge: 7 * day,
  maxDatabaseAge: 5 * day,
  scan: { failOn: "high", unfixed: "report", scanners: { grype: "block", trivy: "warn", snyk: "off", scout: "off" } },
  recalls: [],
};

/** One way in which an image is not what it should be, and what has to be said of it. */
interface Row {
  readonly name: string;
  readonly making?: Partial<Making>;
  /** What happens to the image after it was proved. */
  readonly spoil?: (image: ProvedImage) => Promise<unknown>;
  readonly policy?: (image: ProvedImage) => Partial<VerificationPolicy>;
  /** Other than the index. */
  readonly digest?: (image: ProvedImage) => string;
  /** The check that fails; where others do too, it is for the same reason. */
  readonly check: string;
  readonly code: FailureCode;
  readonly finding: RegExp;
}

describe("verification", () => {
  const services = useServices({ tools: ["crane"] });
  const signer = newSigner();
  const stranger = newSigner();
  let client: RegistryClient;
  let base: ProvedImage;
  let pool: string;

  before(async () => {
    client = new RegistryClient(services().registry);
    pool = await pushPool("base");
    base = await makeImage(client, signer, {
      repository: at("base"),
      materials: [{ repository: at("pool/base"), digest: pool }],
    });
  });

  const at = (name: string) => `${services().registry}/team/${name}`;
  let made = 0;

  /** An image on the base, in quarantine. */
  function make(making: Partial<Making> = {}, by = signer): Promise<ProvedImage> {
    const name = { repository: at("candidate/web"), content: `web ${made++}` };
    return makeImage(client, by, { ...name, materials: [base], ...making });
  }

  function verify(
    { repository, digest }: Pick<ProvedImage, "repository" | "digest">,
    changes: Partial<VerificationPolicy> = {},
    keys: readonly string[] = [signer.publicKeyPem],
  ): Promise<Verification> {
    const verifier = new Verifier({ registry: services().registry, keys });
    return verifier.verify({ repository, digest }, { ...policy, ...changes });
  }

  const failuresOf = ({ checks }: Verification) =>
    checks.flatMap((check) =>
      check.failures.map(({ code, finding: text }) => `${nameOfCheck(check)}: ${code}: ${text}`),
    );

  describe("accepts", () => {
    it("an image with all its evidence, and says where it comes from", async () => {
      const image = await make();
      const verification = await verify(image);
      assert.deepEqual(failuresOf(verification), []);
      assert.ok(isVerified(verification));
      assert.deepEqual(verification.platforms, image.platforms);
      assert.deepEqual(verification.origin, {
        image: "web",
        builder: BUILDER,
        source: SOURCE,
        revision: "c".repeat(40),
        buildId: "b".repeat(64),
      });
      assert.deepEqual(verification.checks.map(nameOfCheck), [
        "platforms",
        "signature",
        "sbom",
        "provenance",
        ...["linux/amd64", "linux/arm64"].flatMap((each) =>
          ["sbom", "provenance", "scan", "tests"].map((kind) => `${each} ${kind}`),
        ),
        "chain",
        "recalls",
      ]);
    });

    it("follows what it was made from down to the packages' lock", async () => {
      const { chain } = await verify(await make());
      const commit = {
        kind: "source",
        reference: `git+${SOURCE}`,
        digest: "c".repeat(40),
        manifests: [],
        materials: [],
      };
      const packages = { kind: "pool", reference: `${at("pool/base")}@${pool}`, digest: pool, lock: "f".repeat(64) };
      assert.deepEqual(chain?.materials, [
        commit,
        {
          kind: "image",
          reference: `${base.repository}@${base.digest}`,
          digest: base.digest,
          manifests: base.platforms.map(({ digest }) => digest),
          origin: {
            image: "base",
            builder: BUILDER,
            source: SOURCE,
            revision: "c".repeat(40),
            buildId: "b".repeat(64),
          },
          materials: [commit, { ...packages, manifests: [], materials: [] }],
        },
      ]);
    });

    it("what strangers attach beside it", async () => {
      const image = await make();
      const junk = await signStatement(statementOf("sbom", image.digest, { spdxVersion: "none" }), stranger);
      await attach(client, image.repository, image.digest, [junk]);
      assert.deepEqual(failuresOf(await verify(image)), []);
    });

    it("either of two keys", async () => {
      const image = await make();
      const both = [stranger.publicKeyPem, signer.publicKeyPem];
      assert.deepEqual(failuresOf(await verify(image, {}, both)), []);
    });

    it("what only a local stack allows, on a local stack", async () => {
      const image = await make({
        facts: { revision: { commit: "c".repeat(40), epoch: 1, dirty: true } },
        change: ({ platforms }) => {
          for (const each of Object.values(platforms)) each.scan = unscanned();
        },
      });
      assert.deepEqual(failuresOf(await verify(image, { development: true })), []);
      assert.equal(failuresOf(await verify(image)).length, 5);
    });

    it("the newest of several scans", async () => {
      const image = await make(on({ scan: scanOf(hoursAgo(24 * 30)) }));
      const newer = await signStatement(statementOf("scan", subjectOf(image), scanOf(hoursAgo(2))), stranger);
      await attach(client, image.repository, subjectOf(image), [newer]);
      assert.deepEqual(failuresOf(await verify(image, {}, [signer.publicKeyPem, stranger.publicKeyPem])), []);
    });
  });

  const subjectOf = ({ platforms }: ProvedImage) => platforms.find((each) => each.platform === platform)?.digest ?? "";

  /** Changes what is said of one platform. */
  const on = (changes: Partial<Evidence["platforms"][string]>): Partial<Making> => ({
    change: (evidence) => void Object.assign(evidence.platforms[platform] ?? {}, changes),
  });
  const onIndex = (change: (index: Evidence["index"]) => void): Partial<Making> => ({
    change: (evidence) => change(evidence.index),
  });
  const recallOf = (digest: string): Recall => ({
    digest,
    image: "base",
    reason: "its openssl leaks keys.",
    by: "security",
    date: "2026-01-01",
  });

  const rows: readonly Row[] = [
    {
      name: "an unsigned image",
      making: { attached: () => false },
      check: "signature",
      code: "unsigned",
      finding: /^there is no signature: nothing is attached\.$/,
    },
    {
      name: "attestations without a signature",
      making: { attached: (kind) => kind !== "signature" },
      check: "signature",
      code: "attestation-only",
      finding: /attestations only \(SBOM, provenance\); required is a signature of the image itself/,
    },
    {
      name: "an attestation of another digest",
      making: { attached: (kind, on) => kind !== "tests" || on !== platform },
      spoil: (image) => attachSigned(image, subjectOf(image), statementOf("tests", base.digest, {})),
      check: `${platform} tests`,
      code: "other-subject",
      finding: /the statement is about sha256:[0-9a-f]{64}, not about sha256:/,
    },
    {
      name: "an SBOM that was changed after it was signed",
      spoil: (image) =>
        replaceBundle(image, subjectOf(image), predicateTypes.sbom, (payload) => payload.replace("libc6", "libc7")),
      check: `${platform} sbom`,
      code: "damaged",
      finding: /the signature by the key .* does not fit/,
    },
    {
      name: "an SBOM whose stored bytes were changed",
      spoil: (image) => damageStored(image, subjectOf(image), predicateTypes.sbom),
      check: `${platform} sbom`,
      code: "damaged",
      finding: /what the registry gives is not what was attached/,
    },
    {
      name: "an SBOM that was taken off the list of what is attached",
      spoil: (image) => strip(image, subjectOf(image), predicateTypes.sbom),
      check: `${platform} sbom`,
      code: "missing-attestation",
      finding: /there is no SBOM, only provenance, scan result, test result: it was removed, or never attached/,
    },
    {
      name: "an SBOM that is listed but deleted",
      spoil: async (image) => {
        const bundle = await bundleOf(image, subjectOf(image), predicateTypes.sbom);
        await client.deleteManifest(image.repository, bundle.digest);
      },
      check: `${platform} sbom`,
      code: "missing",
      finding: /it is listed, but no longer there/,
    },
    {
      name: "an exception that has expired",
      making: on({ scan: scanOf(hoursAgo(48), { expires: dayFromNow(-1) }) }),
      check: `${platform} scan`,
      code: "expired-exception",
      finding: /the exception for CVE-2026-1234 in libc6 2\.41-12 expired on \d{4}-\d\d-\d\d/,
    },
    {
      name: "the digest of a single platform",
      digest: subjectOf,
      check: "platforms",
      code: "single-platform",
      finding: /the manifest of one platform \(linux\/arm64\); required is the digest of the index/,
    },
    {
      name: "a platform that is not there",
      policy: () => ({ platforms: ["linux/amd64", "linux/arm64", "linux/riscv64"] }),
      check: "platforms",
      code: "platforms",
      finding: /it holds linux\/amd64, linux\/arm64; required: linux\/amd64, linux\/arm64, linux\/riscv64/,
    },
    {
      name: "a platform too many",
      policy: () => ({ platforms: ["linux/amd64"] }),
      check: "platforms",
      code: "platforms",
      finding: /required: linux\/amd64, all of them and no other/,
    },
    {
      name: "a recalled image",
      policy: ({ digest }) => ({ recalls: [recallOf(digest)] }),
      check: "recalls",
      code: "recalled",
      finding: /^it was recalled as base on 2026-01-01 by security: its openssl leaks keys\./,
    },
    {
      name: "a recalled platform",
      policy: (image) => ({ recalls: [recallOf(subjectOf(image))] }),
      check: "recalls",
      code: "recalled",
      finding: /^it was recalled/,
    },
    {
      name: "a recalled base in the lineage",
      policy: () => ({ recalls: [recallOf(base.digest)] }),
      check: "recalls",
      code: "recalled",
      finding: /team\/base@sha256:[0-9a-f]{64}, which it was made from, was recalled/,
    },
    {
      name: "a recalled platform of a base",
      policy: () => ({ recalls: [recallOf(subjectOf(base))] }),
      check: "recalls",
      code: "recalled",
      finding: /team\/base@sha256/,
    },
    {
      name: "recalled packages of a base",
      policy: () => ({ recalls: [recallOf(pool)] }),
      check: "recalls",
      code: "recalled",
      finding: /team\/pool\/base@sha256/,
    },
    {
      name: "an unscanned image on a stack that is not local",
      making: on({ scan: unscanned() }),
      check: `${platform} scan`,
      code: "unscanned",
      finding: /nobody has looked for known vulnerabilities/,
    },
    {
      name: "an old scan",
      making: on({ scan: scanOf(hoursAgo(24 * 9)) }),
      check: `${platform} scan`,
      code: "old-scan",
      finding: /9 days ago; allowed are 7 days/,
    },
    {
      name: "a scan with an old database",
      making: on({ scan: scanOf(hoursAgo(1), { built: hoursAgo(1 + 24 * 6) }) }),
      check: `${platform} scan`,
      code: "old-database",
      finding: /grype's database was 6 days old when it scanned; allowed are 5 days/,
    },
    {
      name: "what a newer scan found",
      making: on({ scan: scanOf(hoursAgo(1), { findings: [finding] }) }),
      check: `${platform} scan`,
      code: "scan",
      finding: /CVE-2026-1234 in libc6 2\.41-12 is high; allowed is what is below high/,
    },
    {
      name: "something else than a scan",
      making: { change: ({ platforms }) => void Object.assign(platforms[platform] ?? {}, { scan: { empty: true } }) },
      check: `${platform} scan`,
      code: "predicate",
      finding: /it is no result of a scan/,
    },
    {
      name: "failed tests",
      making: {
        change: ({ platforms }) =>
          void Object.assign(platforms[platform]?.tests ?? {}, { result: "FAILED", failedTests: ["user: root"] }),
      },
      check: `${platform} tests`,
      code: "tests",
      finding: /tests failed \(user: root\)/,
    },
    {
      name: "a joined SBOM that hides a package",
      making: onIndex((index) => {
        const { packages } = index.sbom;
        index.sbom = {
          ...index.sbom,
          packages: packages.filter(({ versionInfo }) => !/arm64/.test(versionInfo ?? "")),
        };
      }),
      check: "sbom",
      code: "sbom",
      finding: /it does not name libc6 2\.41-12 \(linux\/arm64\), which the SBOM of linux\/arm64 names/,
    },
    {
      name: "a joined SBOM that names what is nowhere",
      making: onIndex((index) => {
        const invented = { SPDXID: "SPDXRef-x", name: "nothing", downloadLocation: "NOASSERTION" };
        index.sbom = { ...index.sbom, packages: [...index.sbom.packages, invented] };
      }),
      check: "sbom",
      code: "sbom",
      finding: /it names nothing, which no platform's SBOM names/,
    },
    {
      name: "an SBOM in another format",
      making: onIndex((index) => {
        index.sbom = { ...index.sbom, spdxVersion: "SPDX-2.2" };
      }),
      check: "sbom",
      code: "predicate",
      finding: /it is no SPDX 2\.3 document/,
    },
    {
      name: "another builder",
      policy: () => ({ builders: ["https://git.example/images/builders/prod"] }),
      making: { materials: [] },
      check: "provenance",
      code: "builder",
      finding: /the builder is "https:\/\/git\.example\/images\/builders\/test"; allowed: .*\/prod/,
    },
    {
      name: "another source repository",
      making: { facts: { repository: "https://git.example/fork" } },
      check: "provenance",
      code: "source",
      finding: /it was built from https:\/\/git\.example\/fork; allowed: https:\/\/git\.example\/images/,
    },
    {
      name: "files of no commit on a stack that is not local",
      making: { facts: { revision: { commit: "c".repeat(40), epoch: 1, dirty: true } } },
      check: "provenance",
      code: "source",
      finding: /built from files that are in no commit/,
    },
    {
      name: "the proved image of another name",
      making: { facts: { image: "api" } },
      check: "provenance",
      code: "other-image",
      finding: /it was built as "api", but lies in .*\/candidate\/web/,
    },
    {
      name: "a parameter that nobody knows",
      making: onIndex(({ provenance }) => {
        Object.assign(provenance.buildDefinition.externalParameters, { insecure: true });
      }),
      check: "provenance",
      code: "parameters",
      finding: /it holds buildDefinition\.externalParameters\.insecure, whose meaning is not known here/,
    },
    {
      name: "another build type",
      making: onIndex(({ provenance }) => {
        Object.assign(provenance.buildDefinition, { buildType: "https://example.com/build" });
      }),
      check: "provenance",
      code: "build-type",
      finding: /its build type is not https:\/\/image-factory\.dev\/build\/v1/,
    },
    {
      name: "provenance that claims local files as complete materials",
      making: {
        change: ({ platforms }) => {
          const metadata = platforms[platform]?.provenance.runDetails.metadata ?? {};
          Object.assign(metadata, { buildkit_completeness: { request: true, resolvedDependencies: true } });
        },
      },
      check: `${platform} provenance`,
      code: "completeness",
      finding: /it says that its materials are complete, although local files were used/,
    },
    {
      name: "joined provenance that claims more than its platforms",
      making: onIndex(({ provenance }) => {
        const completeness = { request: true, resolvedDependencies: true };
        Object.assign(provenance.runDetails.metadata, { buildkit_completeness: completeness });
      }),
      check: "provenance",
      code: "completeness",
      finding: /its materials are complete, which its platforms do not say/,
    },
    {
      name: "joined provenance that hides a material",
      making: onIndex(({ provenance }) => {
        const { resolvedDependencies } = provenance.buildDefinition;
        resolvedDependencies.splice(
          resolvedDependencies.findIndex(({ uri }) => uri.includes("arm64")),
          1,
        );
      }),
      check: "provenance",
      code: "completeness",
      finding: /it does not name pkg:docker\/.*arm64, a material of linux\/arm64/,
    },
    {
      name: "a base that nobody proved",
      making: { materials: [] },
      check: "chain",
      code: "broken-chain",
      finding: /team\/bare@sha256:[0-9a-f]{64}, where its chain breaks: there is no provenance: nothing is attached/,
    },
    {
      name: "a base that is gone",
      making: { materials: [] },
      check: "chain",
      code: "broken-chain",
      finding: /team\/gone@sha256:0{64}, where its chain breaks: it is no longer in the registry/,
    },
  ];

  describe("refuses", () => {
    for (const { name, making, spoil, policy: change, digest, check, code, finding: expected } of rows) {
      it(name, async () => {
        const image = await make({ ...making, ...(await materialsOf(name, making)) });
        await spoil?.(image);
        const reference = { repository: image.repository, digest: digest?.(image) ?? image.digest };
        const failed = failuresOf(await verify(reference, change?.(image)));
        const ours = failed.filter((text) => text.startsWith(`${check}: ${code}: `));
        assert.equal(ours.length, 1, failed.join("\n"));
        assert.ok(
          failed.every((text) => text.includes(`: ${code}: `)),
          failed.join("\n"),
        );
        assert.match((ours[0] ?? "").slice(`${check}: ${code}: `.length), expected);
      });
    }

    it("an image signed by another key, all of it", async () => {
      const failed = failuresOf(await verify(await make({ materials: [] }, stranger)));
      assert.equal(failed.length, 11, failed.join("\n"));
      for (const text of failed) {
        assert.match(text, /: other-key: the .* does not count: the key .* signed it, none of ours; allowed: /);
        assert.ok(text.includes(signer.keyId));
      }
    });

    it("names every problem at once", async () => {
      const image = await make({ ...on({ scan: unscanned() }), attached: (kind) => kind !== "signature" });
      const recalls = [recallOf(base.digest)];
      const codes = failuresOf(await verify(image, { recalls, builders: ["https://git.example/other"] }));
      assert.deepEqual(
        codes.map((text) => text.split(": ").slice(0, 2).join(": ")),
        [
          "signature: attestation-only",
          "provenance: builder",
          "linux/amd64 provenance: builder",
          "linux/arm64 provenance: builder",
          "linux/arm64 scan: unscanned",
          "chain: builder",
          "recalls: recalled",
        ],
      );
    });

    it("a digest that is not there, in the registry's words", async () => {
      const missing = { repository: at("web"), digest: `sha256:${"1".repeat(64)}` };
      await assert.rejects(
        () => verify(missing),
        (error) =>
          error instanceof RegistryError && error.notFound && /team\/web: the manifest .* 404/.test(error.message),
      );
    });

    it("a registry that does not answer, without saying that anything is unsigned", async () => {
      const reference = parseDigestReference(`127.0.0.1:1/web@sha256:${"1".repeat(64)}`);
      assert.ok(reference !== undefined);
      const verifier = new Verifier({ registry: "127.0.0.1:1", keys: [signer.publicKeyPem] });
      await assert.rejects(
        () => verifier.verify(reference, policy),
        (error) => error instanceof RegistryError && error.passing,
      );
    });
  });

  /** Materials that only exist once the registry does. */
  async function materialsOf(name: string, making: Partial<Making> = {}): Promise<Partial<Making>> {
    if (name === "a base that nobody proved") {
      const { digest } = await pushSmallImage(client, at("bare"), "bare");
      return { materials: [{ repository: at("bare"), digest }] };
    }
    if (name === "a base that is gone") {
      return { materials: [{ repository: at("gone"), digest: `sha256:${"0".repeat(64)}` }] };
    }
    return making.materials === undefined ? {} : { materials: making.materials };
  }

  async function pushPool(name: string): Promise<string> {
    const { digest, platforms } = await pushSmallImage(client, at(`pool/${name}`), name);
    const { manifest } = await client.getManifest(at(`pool/${name}`), digest);
    assert.equal(platforms.length, 2);
    const annotations = { [poolAnnotations.name]: name, [poolAnnotations.request]: "f".repeat(64) };
    const index = jsonContent(mediaTypes.index, { ...manifest, annotations });
    await client.putManifest(at(`pool/${name}`), index);
    return index.descriptor.digest;
  }

  async function attachSigned({ repository }: ProvedImage, subject: string, statement: ReturnType<typeof statementOf>) {
    await attach(client, repository, subject, [await signStatement(statement, signer)]);
  }

  async function bundleOf({ repository }: ProvedImage, subject: string, predicateType: string) {
    const bundles = await readBundles(client, repository, subject);
    const found = bundles.find(({ bytes }) => payloadOf(bytes).includes(`"predicateType":"${predicateType}"`));
    assert.ok(found !== undefined);
    return found;
  }

  function payloadOf(bytes: Buffer): string {
    return Buffer.from(JSON.parse(bytes.toString()).dsseEnvelope.payload, "base64").toString();
  }

  /** Whoever can write to the registry can attach a changed statement in place of the signed one. */
  async function replaceBundle(
    image: ProvedImage,
    subject: string,
    predicateType: string,
    change: (payload: string) => string,
  ) {
    const { bytes } = await bundleOf(image, subject, predicateType);
    const bundle = JSON.parse(bytes.toString());
    const payload = change(payloadOf(bytes));
    assert.notEqual(payload, payloadOf(bytes));
    bundle.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
    await attach(client, image.repository, subject, [Buffer.from(JSON.stringify(bundle))]);
  }

  /** Changes a byte on the registry's disk. */
  async function damageStored(image: ProvedImage, subject: string, predicateType: string) {
    const { bytes } = await bundleOf(image, subject, predicateType);
    const hex = contentOf(mediaTypes.bundle, bytes).descriptor.digest.slice("sha256:".length);
    const files = readdirSync(services().dataDir, { recursive: true, encoding: "utf8" });
    const file = files.find((each) => each.endsWith(`${hex}/data`));
    assert.ok(file !== undefined, "the registry's file was not found");
    const stored = path.join(services().dataDir, file);
    writeFileSync(stored, readFileSync(stored, "utf8").replace("publicKey", "publicKez"));
  }

  /** Takes one entry off the fallback tag. */
  async function strip(image: ProvedImage, subject: string, predicateType: string) {
    const { digest } = await bundleOf(image, subject, predicateType);
    const index = await readFallbackIndex(client, image.repository, subject);
    assert.ok(index !== undefined);
    const manifests = (index.manifests ?? []).filter((each) => each.digest !== digest);
    await client.putManifest(
      image.repository,
      jsonContent(mediaTypes.index, { ...index, manifests }),
      fallbackTag(subject),
    );
  }
});
