import assert from "node:assert/strict";
import fc from "fast-check";
import { buildCatalogue } from "../../domain/catalogue/build.js";
import type { CatalogueFiles } from "../../domain/catalogue/files.js";
import { computedLabels } from "../../domain/catalogue/schema.js";
import type { ManagedImage } from "../../domain/catalogue/types.js";
import { application, base, files, line, poolDigest } from "./fixtures.js";

const day = 24 * 3600 * 1000;

function only(catalogueFiles: CatalogueFiles): ManagedImage {
  const { value, problems } = buildCatalogue(catalogueFiles);
  assert.deepEqual(problems, []);
  const [image] = value.images;
  assert.ok(image !== undefined);
  return image;
}

describe("a folder with a Dockerfile", () => {
  it("is enrolled with the defaults by being there", () => {
    assert.deepEqual(only(files([base("python")])), {
      kind: "base",
      name: "python",
      directory: "bases/python",
      dockerfile: "bases/python/Dockerfile",
      place: { file: "bases/python/Dockerfile" },
      platforms: ["linux/amd64", "linux/arm64"],
      variants: [{ name: "", args: {}, place: { file: "bases/python/Dockerfile" } }],
      tags: { channel: true, commit: false },
      runner: "cpu",
      compression: "gzip",
      rebuild: { delayMs: 7 * day, autoRebuild: true },
      labels: {},
      mixins: [],
      secrets: [],
    });
  });

  it("says everything in image.yaml", () => {
    const imageYaml = `# yaml-language-server: $schema=../../schemas/image.schema.json
owner: payments
description: Ledger
platforms: [linux/arm64]
tags: { channel: false, semver: 1.4.0, commit: true }
variants:
  dev:
    target: dev
  cuda-12.5:
    args: { CUDA: "12.5" }
sizeBudget: 900MB
runner: gpu
onDemand: its inputs are large
compression: zstd
rebuild: { delay: 12h, autoRebuild: false }
labels: { org.opencontainers.image.licenses: MIT }
secrets:
  - npm-token
network: { reason: the installer has no offline form, expires: 2027-06-30 }
`;
    const file = "images/ledger/image.yaml";
    assert.deepEqual(only(files([application("ledger", imageYaml)])), {
      kind: "application",
      name: "ledger",
      directory: "images/ledger",
      dockerfile: "images/ledger/Dockerfile",
      place: { file },
      owner: "payments",
      description: "Ledger",
      platforms: ["linux/arm64"],
      variants: [
        { name: "", args: {}, place: { file: "images/ledger/Dockerfile" } },
        { name: "cuda-12.5", args: { CUDA: "12.5" }, place: { file, line: 9 } },
        { name: "dev", target: "dev", args: {}, place: { file, line: 7 } },
      ],
      tags: { channel: false, semver: "1.4.0", commit: true },
      runner: "gpu",
      onDemand: "its inputs are large",
      compression: "zstd",
      sizeBudget: 900_000_000,
      rebuild: { delayMs: day / 2, autoRebuild: false },
      labels: { "org.opencontainers.image.licenses": "MIT" },
      mixins: [],
      secrets: [{ id: "npm-token", place: { file, line: 18 } }],
      network: { reason: "the installer has no offline form", expires: "2027-06-30", place: { file, line: 19 } },
    });
  });

  for (const [name, text] of [
    ["nothing", ""],
    ["a comment", "# later\n"],
    ["Windows line endings and a byte order mark", "\ufeffrunner: cpu\r\n"],
  ] as const) {
    it(`may have ${name} in image.yaml`, () => assert.equal(only(files([base("a", text)])).runner, "cpu"));
  }
});

describe("images.yaml", () => {
  const imagesYaml = `defaults:
  platforms: [linux/arm64]
  rebuild: { delay: 3d }
images:
  - name: redis
    repoURL: redis
    rebuild: { autoRebuild: false }
  - name: nginx
    repoURL: docker.io/library/nginx
    allowTags: '^1\\.29\\.\\d+$'
    platform: linux/amd64
  - name: payments
    repoURL: registry.example.com/payments
    source: { repository: https://example.com/payments, dockerfile: Dockerfile, workflow: image.yml }
  - name: python
    rebuild: { delay: 0 }
catalogues:
  - repository: https://example.com/images
    commit: ${"c".repeat(40)}
    registry: registry.example.com/images
    wait: 2h
`.replace("delay: 0", 'delay: "0"');
  const { value, problems } = buildCatalogue(files([base("python", "rebuild: { autoRebuild: false }")], imagesYaml));
  const place = (number: number) => ({ file: "images.yaml", line: number });

  it("has no problem", () => assert.deepEqual(problems, []));

  it("sets defaults", () =>
    assert.deepEqual(value.defaults, { platforms: ["linux/arm64"], rebuild: { delayMs: 3 * day, autoRebuild: true } }));

  it("enrols external images, sorted and with normalised repositories", () => {
    assert.deepEqual(value.externals, [
      {
        name: "nginx",
        repoURL: "docker.io/library/nginx",
        allowTags: "^1\\.29\\.\\d+$",
        platform: "linux/amd64",
        rebuild: { delayMs: 3 * day, autoRebuild: true },
        place: place(8),
      },
      {
        name: "redis",
        repoURL: "docker.io/library/redis",
        rebuild: { delayMs: 3 * day, autoRebuild: false },
        place: place(5),
      },
    ]);
  });

  it("enrols images that are built elsewhere", () => {
    assert.deepEqual(value.remotes, [
      {
        name: "payments",
        repoURL: "registry.example.com/payments",
        source: { repository: "https://example.com/payments", dockerfile: "Dockerfile", workflow: "image.yml" },
        rebuild: { delayMs: 3 * day, autoRebuild: true },
        place: place(12),
      },
    ]);
  });

  it("overrides the rebuild policy of a folder, key by key", () =>
    assert.deepEqual(value.images[0]?.rebuild, { delayMs: 0, autoRebuild: false }));

  it("includes catalogues", () => {
    assert.deepEqual(value.includes, [
      {
        name: "images",
        repository: "https://example.com/images",
        commit: "c".repeat(40),
        path: ".",
        registry: "registry.example.com/images",
        waitMs: 2 * 3_600_000,
        place: place(18),
      },
    ]);
  });
});

describe("bad input in image.yaml", () => {
  const file = "images/web/image.yaml";
  const rows: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    [
      "an unknown key",
      "platform: [linux/amd64]\n",
      [
        `${file}:1: unknown key "platform". | Did you mean "platforms"? Allowed keys: owner, description, platforms, tags, variants, compression, sizeBudget, growthBudget, scan, suppliers, smoke, context, runner, onDemand, rebuild, labels, mixins, secrets, network.`,
      ],
    ],
    [
      "an unknown platform",
      "platforms:\n  - linux/x86\n",
      [
        `${file}:2: platforms[0] is "linux/x86", which is not allowed. | Did you mean "linux/amd64"? Allowed: linux/amd64, linux/arm64, linux/arm/v7, linux/arm/v6, linux/386, linux/ppc64le, linux/riscv64, linux/s390x.`,
      ],
    ],
    [
      "a platform twice",
      "platforms:\n  - linux/amd64\n  - linux/arm64\n  - linux/amd64\n",
      [`${file}:4: platforms[2]: "linux/amd64" stands twice in the list. | Remove one of the two.`],
    ],
    [
      "no platform",
      "platforms: []\n",
      [
        `${file}:1: platforms has 0 items; at least 1 is needed. | Write a list of platforms, e.g. ["linux/amd64","linux/arm64"].`,
      ],
    ],
    [
      "a bad duration",
      "rebuild:\n  delay: 7 days\n",
      [
        `${file}:2: rebuild.delay is "7 days", which is not allowed. | Write a duration: numbers with w, d, h, m, s in this order, e.g. "7d".`,
      ],
    ],
    [
      "a number as duration",
      "rebuild: { delay: 7 }\n",
      [
        `${file}:1: rebuild.delay is the number 7, but must be text. | Write a duration: numbers with w, d, h, m, s in this order, e.g. "7d".`,
      ],
    ],
    [
      "a bad size",
      "sizeBudget: 900\n",
      [
        `${file}:1: sizeBudget is the number 900, but must be text. | Write a size: a number with B, kB, MB, GB, KiB, MiB or GiB, e.g. "900MB".`,
      ],
    ],
    [
      "a budget of zero",
      "sizeBudget: 0MB\n",
      [`${file}:1: sizeBudget: a budget of zero lets nothing pass. | Write a size, e.g. "900MB", or remove the line.`],
    ],
    [
      "an unknown runner",
      "runner: gpuu\n",
      [`${file}:1: runner is "gpuu", which is not allowed. | Did you mean "gpu"? Allowed: cpu, gpu.`],
    ],
    [
      "a version that YAML reads as a number",
      "tags: { semver: 1.10 }\n",
      [
        `${file}:1: tags.semver is the number 1.10, but must be text. | Write a semantic version; gives the tags X.Y.Z, X.Y and X, e.g. "1.4.0".`,
      ],
    ],
    [
      "an argument that YAML reads as a number",
      "variants:\n  dev:\n    args:\n      PYTHON: 3.10\n",
      [`${file}:4: variants.dev.args.PYTHON is the number 3.10, but must be text. | Put it in quotes: "3.10".`],
    ],
    [
      "a bad argument name",
      "variants:\n  dev:\n    args:\n      MY-ARG: x\n",
      [`${file}:4: "MY-ARG" in variants.dev.args is not allowed as a key. | Write an argument's name, e.g. "VERSION".`],
    ],
    [
      "a bad variant name",
      "variants:\n  Dev_Tools:\n    target: dev\n",
      [
        `${file}:2: variants.Dev_Tools: "Dev_Tools" is not a name: allowed are lower-case letters and digits in words joined by "-" or ".", at most 63. | Name it "dev-tools".`,
      ],
    ],
    [
      "a variant that changes nothing",
      "variants:\n  dev: {}\n",
      [
        `${file}:2: variants.dev: neither target nor args: it would be the image itself. | Give it a target or args, or remove it.`,
      ],
    ],
    [
      "a secret twice",
      "secrets:\n  - a\n  - a\n",
      [`${file}:3: secrets[1]: "a" stands twice in the list. | Remove one of the two.`],
    ],
    [
      "a bad secret id",
      "secrets: [a/b]\n",
      [`${file}:1: secrets[0] is "a/b", which is not allowed. | Write a secret's id, e.g. "npm-token".`],
    ],
    [
      "a network exception without end",
      "network:\n  reason: x\n",
      [`${file}:1: network.expires is missing. | Write a date as year-month-day, e.g. "2027-06-30".`],
    ],
    [
      "a day that does not exist",
      "network:\n  reason: x\n  expires: 2027-02-30\n",
      [`${file}:3: network.expires: there is no day 2027-02-30. | Write a date as year-month-day, e.g. "2027-06-30".`],
    ],
    [
      "several at once",
      "runner: gpuu\nowner: 12\nplatform: x\n",
      [
        `${file}:1: runner is "gpuu", which is not allowed. | Did you mean "gpu"? Allowed: cpu, gpu.`,
        `${file}:2: owner is the number 12, but must be text. | Put it in quotes: "12".`,
        `${file}:3: unknown key "platform". | Did you mean "platforms"? Allowed keys: owner, description, platforms, tags, variants, compression, sizeBudget, growthBudget, scan, suppliers, smoke, context, runner, onDemand, rebuild, labels, mixins, secrets, network.`,
      ],
    ],
    [
      "no YAML",
      "runner: [\n",
      [
        `${file}:2: this is not YAML at column 1: deficient indentation. | Correct the line, or the end of the one before. A value with \`: \`, \` #\` or a special first character needs quotes.`,
      ],
    ],
  ];
  for (const [name, text, expected] of rows) {
    it(name, () => assert.deepEqual(buildCatalogue(files([application("web", text)])).problems.map(line), expected));
  }

  for (const label of computedLabels) {
    it(`a value for ${label}`, () => {
      const { problems } = buildCatalogue(files([application("web", `labels:\n  ${label}: x\n`)]));
      assert.equal(problems.length, 1);
      assert.match(
        line(problems[0] as never),
        /^images\/web\/image\.yaml:2: labels\["org.*sets this label itself.*\| Remove it\.$/,
      );
    });
  }
});

describe("bad input in folders", () => {
  const rows: readonly (readonly [name: string, input: CatalogueFiles, expected: readonly string[]])[] = [
    [
      "no Dockerfile",
      files([base("a", undefined, { entries: ["README.md"] })]),
      ["bases/a: there is no Dockerfile in this folder. | Add bases/a/Dockerfile, or remove the folder."],
    ],
    [
      "a Dockerfile of another name",
      files([base("a", undefined, { entries: ["dockerfile"] })]),
      ["bases/a: there is no Dockerfile here, but a file dockerfile. | Rename it to Dockerfile."],
    ],
    [
      "a Containerfile",
      files([base("a", undefined, { entries: ["Containerfile"] })]),
      ["bases/a: there is no Dockerfile here, but a file Containerfile. | Rename it to Dockerfile."],
    ],
    [
      "image.yml",
      files([base("a", undefined, { entries: ["Dockerfile", "image.yml"] })]),
      ["bases/a/image.yml: image.yml is not read; settings stand in image.yaml. | Rename it to image.yaml."],
    ],
    [
      "a bad name",
      files([application("Web_API")]),
      [
        'images/Web_API: "Web_API" is not a name: allowed are lower-case letters and digits in words joined by "-" or ".", at most 63. | Rename the folder. Name it "web-api".',
      ],
    ],
    [
      "a reserved name",
      files([base("pool")]),
      [
        'bases/pool: name "pool" is reserved for the locked packages of a base. | Rename the folder. Choose another name.',
      ],
    ],
    [
      "a base and an image of one name",
      files([application("a"), base("a")]),
      ['images/a: name "a" is taken by bases/a. | Rename one of the two folders.'],
    ],
    [
      "a variant and a folder of one id",
      files([base("python", "variants: { dev: { target: dev } }"), base("python-dev")]),
      [
        'bases/python/image.yaml:1: name "python-dev" is taken by bases/python-dev. | Rename the variant, or what has its name.',
      ],
    ],
    [
      "two variants of one id",
      files([base("a", "variants: { b-c: { target: x } }"), base("a-b", "\nvariants: { c: { target: x } }")]),
      [
        'bases/a-b/image.yaml:2: name "a-b-c" is taken by bases/a/image.yaml:1. | Rename the variant, or what has its name.',
      ],
    ],
    [
      "a lock without packages",
      files([base("debian", undefined, { entries: ["Dockerfile", "packages.lock.json"] })]),
      [
        "bases/debian/packages.lock.json: a lock without packages.yaml: nothing says what it locks. | Restore packages.yaml, or remove the lock.",
      ],
    ],
  ];
  for (const [name, input, expected] of rows) {
    it(name, () => assert.deepEqual(buildCatalogue(input).problems.map(line), expected));
  }
});

describe("bad input in images.yaml", () => {
  const source = "source: { repository: https://example.com/a, dockerfile: Dockerfile, workflow: a.yml }";
  const rename = "Rename or remove the entry: a folder, a variant and an entry with a repoURL cannot share a name.";
  const rows: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    [
      "an unknown key",
      "image: []\n",
      ['images.yaml:1: unknown key "image". | Did you mean "images"? Allowed keys: defaults, images, catalogues.'],
    ],
    [
      "an unknown key of an entry",
      "images:\n  - name: nginx\n    repoUrl: nginx\n",
      [
        'images.yaml:3: unknown key "repoUrl" in images[0]. | Did you mean "repoURL"? Allowed keys: name, repoURL, allowTags, platform, rebuild, source.',
      ],
    ],
    [
      "an entry without name",
      "images:\n  - repoURL: nginx\n",
      ['images.yaml:2: images[0].name is missing. | Write a name in kebab-case, e.g. "web-api".'],
    ],
    [
      "a tag in repoURL",
      "images:\n  - name: nginx\n    repoURL: nginx:1.29\n",
      [
        'images.yaml:3: images[0].repoURL: "nginx:1.29" has a tag or a digest. | Write "docker.io/library/nginx"; which tags count is said by allowTags.',
      ],
    ],
    [
      "a digest in repoURL",
      `images:\n  - name: nginx\n    repoURL: nginx@${poolDigest}\n`,
      [
        `images.yaml:3: images[0].repoURL: "nginx@${poolDigest}" has a tag or a digest. | Write "docker.io/library/nginx"; which tags count is said by allowTags.`,
      ],
    ],
    [
      "a scheme in repoURL",
      "images:\n  - name: nginx\n    repoURL: oci://nginx\n",
      ['images.yaml:3: images[0].repoURL: "oci://nginx" has a scheme. | Write "nginx".'],
    ],
    [
      "no repository in repoURL",
      "images:\n  - name: nginx\n    repoURL: Nginx Server\n",
      [
        'images.yaml:3: images[0].repoURL: "Nginx Server" is not a repository. | Write host and path in lower case, e.g. "docker.io/library/nginx".',
      ],
    ],
    [
      "a golden base as external",
      "images:\n  - name: python\n    repoURL: factory.invalid/python\n",
      [
        "images.yaml:3: images[0].repoURL: factory.invalid is the host of our own golden bases. | Remove the entry: the folder under bases/ enrols it.",
      ],
    ],
    [
      "a bad pattern",
      "images:\n  - name: nginx\n    repoURL: nginx\n    allowTags: '1.('\n",
      [
        "images.yaml:4: images[0].allowTags: Invalid regular expression: /1.(/: Unterminated group. | Correct the regular expression, e.g. '^1\\.27\\.\\d+$' (in single quotes).",
      ],
    ],
    [
      "a folder's name with a source",
      `images:\n  - name: web\n    repoURL: example.com/web\n    ${source}\n`,
      [`images.yaml:2: name "web" is taken by images/web. | ${rename}`],
    ],
    [
      "a folder's name with a repoURL",
      "images:\n  - name: web\n    repoURL: example.com/web\n",
      [`images.yaml:2: name "web" is taken by images/web. | ${rename}`],
    ],
    [
      "two entries of one name",
      "images:\n  - name: a\n    repoURL: example.com/a\n  - name: a\n    repoURL: example.com/b\n",
      [`images.yaml:4: name "a" is taken by images.yaml:2. | ${rename}`],
    ],
    [
      "two policies of one folder",
      "images:\n  - name: web\n    rebuild: { delay: 1d }\n  - name: web\n    rebuild: { delay: 2d }\n",
      ['images.yaml:4: "web" stands twice in the list. | Remove one of the two.'],
    ],
    [
      "a policy of a folder that is not there",
      "images:\n  - name: wbe\n    rebuild: { delay: 1d }\n",
      [
        'images.yaml:2: "wbe" has no repoURL, and there is no folder of that name whose policy it could set. | Add repoURL, or name a folder under bases/ or images/.',
      ],
    ],
    [
      "more than a policy for a folder",
      "images:\n  - name: web\n    allowTags: x\n",
      ["images.yaml:3: images[0].allowTags does not apply to a folder here; only rebuild does. | Remove allowTags."],
    ],
    [
      "a source without repoURL",
      `images:\n  - name: pay\n    ${source}\n`,
      [
        'images.yaml:2: "pay" has a source, but no repoURL to find it at. | Add repoURL, e.g. repoURL: registry.example.com/pay.',
      ],
    ],
    [
      "a source limited to a platform",
      `images:\n  - name: pay\n    repoURL: example.com/pay\n    platform: linux/amd64\n    ${source}\n`,
      [
        'images.yaml:4: "pay" has a source, so it cannot be limited to one platform. | Remove platform; its own catalogue names the platforms.',
      ],
    ],
    [
      "a branch instead of a commit",
      "catalogues:\n  - repository: https://example.com/a\n    commit: main\n    registry: r.example.com/a\n",
      [
        'images.yaml:3: catalogues[0].commit is "main", which is not allowed. | Write a full commit hash, never a branch, e.g. "4b825dc642cb6eb9a060e54bf8d69288fbee4904".',
      ],
    ],
    [
      "two catalogues of one name and one registry",
      `catalogues:\n${["https://example.com/a/images.git", "https://example.com/b/images"].map((repository) => `  - repository: ${repository}\n    commit: ${"c".repeat(40)}\n    registry: r.example.com/a\n`).join("")}`,
      [
        'images.yaml:5: another catalogue is called "images" already. | Give it another name.',
        "images.yaml:5: another catalogue releases to r.example.com/a already. | Correct registry: each team has its own.",
      ],
    ],
  ];
  for (const [name, text, expected] of rows) {
    it(name, () => assert.deepEqual(buildCatalogue(files([application("web")], text)).problems.map(line), expected));
  }
});

describe("any catalogue", () => {
  const name = fc
    .stringMatching(/^[a-z][a-z0-9]{0,6}$/)
    .filter((text) => !["pool", "candidate", "cache"].includes(text));
  const folder = fc.record({ name, isBase: fc.boolean(), gpu: fc.boolean() }).map(({ name, isBase, gpu }) => {
    return (isBase ? base : application)(name, gpu ? "runner: gpu\n" : undefined);
  });
  const folders = fc.uniqueArray(folder, { selector: (item) => item.name, maxLength: 12 });

  it("is sorted by name, whatever the order of the folders", () => {
    fc.assert(
      fc.property(folders, fc.infiniteStream(fc.nat()), (list, random) => {
        const shuffled = list.map((item) => ({ item, key: random.next().value })).sort((a, b) => a.key - b.key);
        const sorted = buildCatalogue(files(list));
        assert.deepEqual(buildCatalogue(files(shuffled.map(({ item }) => item))), sorted);
        const names = sorted.value.images.map((image) => image.name);
        assert.deepEqual(names, [...names].sort());
      }),
    );
  });

  it("keeps every other entry as it is when a folder is added", () => {
    fc.assert(
      fc.property(folders, (list) => {
        const [added, ...others] = list;
        if (added === undefined) return;
        const before = buildCatalogue(files(others)).value.images;
        const after = buildCatalogue(files(list)).value.images;
        assert.deepEqual(
          after.filter((image) => image.name !== added.name),
          before,
        );
      }),
    );
  });

  it("is whole although one image.yaml is wrong", () => {
    const { value, problems } = buildCatalogue(files([base("a", "zzz: 1\n"), base("b")]));
    assert.deepEqual(
      value.images.map((image) => image.name),
      ["a", "b"],
    );
    assert.equal(problems.length, 1);
  });
});
