import assert from "node:assert/strict";
import type { CandidateImage } from "../../domain/evidence/types.js";
import type { CommandLimits, TestOutcome } from "../../provider/tests/run-tests.js";
import { useServices } from "../support/with-services.js";
import { useEnvironment } from "./environment.js";
import { suiteOf, TestImages, user } from "./test-image.js";

describe("tests of an image on a real builder", function () {
  this.timeout("5m");
  const services = useServices({ tools: ["crane", "buildx", "image-test"] });
  useEnvironment(services);
  let images: TestImages;
  before(() => {
    images = new TestImages(services());
  });

  it("pass on both platforms of an image without a shell", async () => {
    const image = await images.build(
      ["COPY motd /etc/motd", "ENV GREETING=hello", "WORKDIR /work", user, 'ENTRYPOINT ["/program", "serve", "200"]'],
      ["linux/amd64", "linux/arm64"],
      { motd: "welcome\n" },
    );
    const suite = suiteOf(
      `commandTests:
  - { name: prints, command: /program, args: [print, "\${GREETING} there"], expectedOutput: ["^hello th.re\\\\n$"] }
  - { name: complains, command: /program, args: [complain, oops], expectedError: [oops], excludedOutput: [oops] }
  - { name: ends with a code, command: /program, args: [exit, "3"], exitCode: 3 }
  - { name: is its user, command: /program, args: [whoami], expectedOutput: ["^65532 65532 /work\\\\n$"] }
  - { name: has no network, command: /program, args: [connect, "192.0.2.1:80"], exitCode: 1, expectedOutput: [unreachable] }
fileExistenceTests:
  - { name: program, path: /program, permissions: "-rwxr-xr-x", uid: 0, gid: 0, isExecutableBy: other }
  - { name: nothing else, path: /bin/sh, shouldExist: false }
fileContentTests:
  - { name: motd, path: /etc/motd, expectedContents: ["^welcome\\\\n$"] }
metadataTest:
  envVars: [{ key: GREETING, value: "hel+o", isRegex: true }]
  entrypoint: [/program, serve, "200"]
  workdir: /work
  user: "65532:65532"
`,
      {},
    );
    const { reports, failures } = await images.run(image, suite);
    assert.deepEqual(failures, []);
    assert.deepEqual(
      reports.map(({ platform, mode }) => `${platform} ${mode}`),
      ["linux/amd64 native", "linux/arm64 emulated"],
    );
    for (const { tests } of reports) {
      assert.equal(tests.length, 13);
      assert.deepEqual([...new Set(tests.map(({ status }) => status))], ["passed"]);
    }
  });

  describe("fail, with what was expected and what was found", () => {
    const outcomes = new Map<string, TestOutcome>();
    before(async () => {
      const image = await images.build(
        [
          "COPY motd /etc/motd",
          "ENV A=b",
          "LABEL team=docs",
          "EXPOSE 8080/tcp",
          "VOLUME /data",
          user,
          'CMD ["/program"]',
        ],
        ["linux/amd64"],
        { motd: "welcome\n" },
      );
      await inTurn(rows, 8, async ([name, yaml]) => outcomes.set(name, await images.run(image, suiteOf(yaml))));
    });

    const rows: readonly (readonly [name: string, yaml: string, problem: RegExp])[] = [
      ["an exit code", command("command: /program, args: [exit, '4']"), /^it ended with exit code 4, not 0\.$/],
      ["a missing program", command("command: python3"), /^it could not be started.*"python3"/],
      [
        "an expected output",
        command("command: /program, args: [print, x], expectedOutput: ['^y']"),
        /^standard output does not match "\^y": it is "x\\n"$/,
      ],
      [
        "an excluded output",
        command("command: /program, args: [print, x], excludedOutput: [x]"),
        /^standard output matches "x", which is excluded/,
      ],
      [
        "an expected error",
        command("command: /program, args: [print, x], expectedError: [x]"),
        /^standard error does not match "x": it is empty$/,
      ],
      [
        "an excluded error",
        command("command: /program, args: [complain, x], excludedError: [x]"),
        /^standard error matches "x"/,
      ],
      [
        "a pattern that Go does not know",
        command("command: /program, expectedOutput: ['(?=x)']"),
        /is no Go regular expression/,
      ],
      [
        "a setup that fails",
        command("setup: [[/program, exit, '1']], command: /program"),
        /^its setup .* ended with exit code 1/,
      ],
      ["a missing file", file("path: /none"), /^\/none does not exist\.$/],
      [
        "a file that should not be",
        file("path: /program, shouldExist: false"),
        /^\/program exists \(-rwxr-xr-x\), and should not\.$/,
      ],
      [
        "permissions",
        file("path: /program, permissions: '-rw-r--r--'"),
        /has the permissions -rwxr-xr-x, not -rw-r--r--/,
      ],
      ["an owner", file("path: /program, uid: 1"), /belongs to user 0, not 1/],
      ["a group", file("path: /program, gid: 1"), /belongs to group 0, not 1/],
      ["who may run it", file("path: /etc/motd, isExecutableBy: any"), /is not executable by any/],
      [
        "expected contents",
        content("path: /etc/motd, expectedContents: [bye]"),
        /does not match "bye": it is "welcome\\n"/,
      ],
      [
        "excluded contents",
        content("path: /etc/motd, excludedContents: [welcome]"),
        /matches "welcome", which is excluded/,
      ],
      ["a folder for a file", content("path: /etc, expectedContents: [x]"), /it is no file/],
      ["a variable", metadata("envVars: [{ key: A, value: c }]"), /^variable A is "b", not "c"\.$/],
      ["a variable that is not set", metadata("envVars: [{ key: Z, value: c }]"), /^variable Z is not set\.$/],
      [
        "a variable that is set",
        metadata("unboundEnvVars: [{ key: A }]"),
        /^variable A is set to "b", and should not be\.$/,
      ],
      ["a label", metadata("labels: [{ key: team, value: '^x', isRegex: true }]"), /^label team does not match "\^x"/],
      ["an entrypoint", metadata("entrypoint: [/program]"), /^entrypoint is \[\], not \["\/program"\]\.$/],
      ["a cmd", metadata("cmd: []"), /^cmd is \["\/program"\], not \[\]\.$/],
      ["a workdir", metadata("workdir: /app"), /^workdir is "\/", not "\/app"\.$/],
      ["a user", metadata("user: '1000'"), /^user is "65532:65532", not "1000"\.$/],
      ["a port", metadata("exposedPorts: ['9090']"), /^port 9090 is not declared\.$/],
      ["a port's protocol", metadata("exposedPorts: ['8080/udp']"), /^port 8080\/udp is not declared\.$/],
      ["an unexposed port", metadata("unexposedPorts: ['8080']"), /^port 8080 is declared, and should not be\.$/],
      ["a volume", metadata("volumes: [/other]"), /^volume \/other is not declared\.$/],
      [
        "an unmounted volume",
        metadata("unmountedVolumes: [/data]"),
        /^volume \/data is declared, and should not be\.$/,
      ],
    ];

    for (const [name, , problem] of rows) {
      it(name, () => {
        const { reports = [], failures = [] } = outcomes.get(name) ?? {};
        const [test, ...others] = reports[0]?.tests.filter(({ status }) => status === "failed") ?? [];
        assert.match(test?.problems.join(" ") ?? "passed", problem);
        assert.deepEqual(others, []);
        assert.equal(failures[0]?.place?.file, "images/web/test.yaml");
      });
    }
  });

  describe("of a command that takes long", () => {
    let image: CandidateImage;
    before(async () => {
      image = await images.build([user], ["linux/amd64", "linux/arm64"]);
    });

    const rows: readonly (readonly [name: string, args: string, limits: CommandLimits, problem: RegExp | undefined])[] =
      [
        ["because it works, pass", "work, '4'", { idle: 3000, processor: 600_000 }, undefined],
        [
          "because it waits, fail",
          "wait",
          { idle: 1000, processor: 600_000 },
          /^it did nothing for 1s and did not end\.$/,
        ],
        [
          "because it works for ever, fail",
          "work, '3600'",
          { idle: 600_000, processor: 2000 },
          /^it used 2s of processor time and did not end\.$/,
        ],
      ];
    for (const [name, args, limits, problem] of rows) {
      it(name, async () => {
        const suite = suiteOf(command(`command: /program, args: [${args}]`));
        const { reports } = await images.run(image, suite, { limits });
        for (const { tests } of reports) {
          const found = tests.find(({ id }) => id === "commandTests[0]")?.problems ?? ["it was not run"];
          if (problem === undefined) assert.deepEqual(found, []);
          else assert.match(found.join(), problem);
        }
        assert.equal(reports.length, 2);
      });
    }
  });

  it("let what a setup makes be seen by its own test alone", async () => {
    const image = await images.build(["COPY --chown=65532:65532 motd /work/", user], ["linux/amd64"], { motd: "" });
    const suite = suiteOf(`commandTests:
  - { name: sees it, setup: [[/program, write, /work/made]], command: /program, args: [exists, /work/made] }
  - { name: does not, command: /program, args: [exists, /work/made], exitCode: 1 }
  - { name: does not either, setup: [[/program, write, /work/other]], command: /program, args: [exists, /work/made], exitCode: 1 }
`);
    assert.deepEqual((await images.run(image, suite)).failures, []);
  });

  it("refuse an image that runs as root, whatever its user is called", async () => {
    const passwd = "admin:x:0:0::/:/\n";
    const image = await images.build(["COPY passwd /etc/passwd", "USER admin"], ["linux/amd64"], { passwd });
    const { failures } = await images.run(image, suiteOf(""));
    assert.deepEqual(
      failures.map(({ finding }) => finding),
      [
        'test a user that is a number and not root: the configuration\'s user is "admin"; a number other than 0 is needed.',
        "test no process runs as root: a process of the image runs as user 0, which is root.",
      ],
    );
  });

  describe("of a service", () => {
    const service = (...args: readonly string[]) => [user, `CMD ${JSON.stringify(["/program", ...args])}`];
    const rows: readonly (readonly [name: string, lines: readonly string[], problem: RegExp])[] = [
      [
        "that never gets healthy",
        service("serve", "503"),
        /^the service was not healthy at http:\/\/127\.0\.0\.1:8080\/healthz within 1s: it answered with status 503, not 200\.$/,
      ],
      ["that does not listen", service("print", "bye"), /^the service ended with exit code 0 before it was healthy\.$/],
      [
        "that takes no notice of SIGTERM",
        service("serve", "200", "deaf"),
        /^the service did not end within 10s of SIGTERM\.$/,
      ],
      [
        "that is not there",
        [user, 'CMD ["/none"]'],
        /^the service \["\/none"\] could not be started, it or its interpreter is missing/,
      ],
      ["that no command starts", [user], /^the image has neither ENTRYPOINT nor CMD/],
    ];
    for (const [name, lines, problem] of rows) {
      it(`${name} fail`, async () => {
        const image = await images.build(lines);
        const { reports, failures } = await images.run(image, suiteOf("", { timeout: 1000 }));
        const smoke = reports[0]?.tests.find(({ id }) => id === "smoke");
        assert.match(smoke?.problems.join(" ") ?? "", problem);
        assert.equal(failures.length, 1);
        assert.deepEqual(failures[0]?.place, { file: "images/web/image.yaml", line: 2 });
        if (lines.join().includes("serve")) assert.match(smoke?.output ?? "", /^serving with/);
      });
    }
  });
});

function command(rest: string): string {
  return `commandTests: [{ name: it, ${rest} }]\n`;
}

function file(rest: string): string {
  return `fileExistenceTests: [{ name: it, ${rest} }]\n`;
}

function content(rest: string): string {
  return `fileContentTests: [{ name: it, ${rest} }]\n`;
}

function metadata(rest: string): string {
  return `metadataTest: { ${rest} }\n`;
}

/** As many at once as `width`. */
async function inTurn<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += width) {
    await Promise.all(items.slice(start, start + width).map(work));
  }
}
