import { dockerfileWith, itReports } from "../pack-fixture.js";

describe("policy add-checksum", () => {
  itReports([
    {
      name: "a URL without a checksum",
      ...dockerfileWith("ADD https://example.com/model.bin /models/"),
      starts: "add-checksum images/app/Dockerfile:5: ",
      message: /is a URL without a checksum/,
      remedy: /--checksum=sha256:/,
    },
  ]);
});
