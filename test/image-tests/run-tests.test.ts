import assert from "node:assert/strict";
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
      assert.equal(tests.length, 12);
      assert.deepEqual([...new Set(tests.map(({ status }) => status))], ["passed"]);
    }
  });
});
