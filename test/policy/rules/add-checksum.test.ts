import { appWith, DIGEST, itAllows, itFinds } from "../plan-fixture.js";

const commit = "d".repeat(40);
const at = "add-checksum images/app/Dockerfile:8";

describe("add-checksum", () => {
  itAllows([
    { name: "a URL with its checksum", change: {} },
    { name: "a file of the context", change: appWith(8, "ADD site.tar.gz /srv/") },
    { name: "a git commit", change: appWith(8, `ADD https://example.com/x.git#${commit}:docs /docs/`) },
    {
      name: "a git address with the commit as checksum",
      change: appWith(8, `ADD --checksum=${commit} https://example.com/x.git#v1 /x/`),
    },
    { name: "a heredoc", change: appWith(8, "ADD <<EOF /etc/motd\nhttps://example.com/\nEOF") },
  ]);

  itFinds([
    {
      name: "a URL without a checksum",
      change: appWith(8, "ADD https://example.com/model.bin /models/"),
      at,
      message: /^ADD https:\/\/example\.com\/model\.bin is a URL without a checksum/,
      remedy: /--checksum=sha256:/,
    },
    {
      name: "a URL in quotes, as JSON",
      change: appWith(8, 'ADD ["https://example.com/a b", "/models/"]'),
      at,
      message: /is a URL without a checksum/,
      remedy: /--checksum=sha256:/,
    },
    {
      name: "one of two sources",
      change: appWith(8, "ADD local.txt http://example.com/x /models/"),
      at,
      message: /^ADD http:\/\/example\.com\/x /,
      remedy: /--checksum=sha256:/,
    },
    {
      name: "a checksum from a variable",
      change: appWith(8, "ADD --checksum=sha256:$SUM https://example.com/x /x"),
      at,
      message: /has the checksum sha256:\$SUM; allowed is/,
      remedy: /--checksum=sha256:/,
    },
    {
      name: "a source from a variable",
      change: appWith(8, "ADD $ADDRESS /x"),
      at,
      message: /source that depends on a variable/,
      remedy: /write the source out/,
    },
    {
      name: "a git branch",
      change: appWith(8, "ADD git@example.com:team/x.git#main /x"),
      at,
      message: /names no commit/,
      remedy: /full hash of a commit/,
    },
    {
      name: "an ONBUILD",
      change: appWith(8, "ONBUILD ADD https://example.com/x /x"),
      at,
      message: /is a URL without a checksum/,
      remedy: /--checksum=sha256:/,
    },
    {
      name: "a checksum of another length",
      change: appWith(8, `ADD --checksum=${DIGEST.slice(0, -1)} https://example.com/x /x`),
      at,
      message: /64 hexadecimal digits/,
      remedy: /--checksum=sha256:/,
    },
  ]);
});
