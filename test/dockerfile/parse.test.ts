// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of Dockerfiles
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import type { Reference } from "../../domain/dockerfile/types.js";

/** `line instruction stage written -> meaning`, for every reference. */
function references(lines: readonly string[], args: Readonly<Record<string, string>> = {}): readonly string[] {
  return parseDockerfile(lines.join("\n"), "Dockerfile", args).value.references.map(describeReference);
}

function describeReference({ place, instruction, stage, written, platform, resolution }: Reference): string {
  const meaning = () => {
    if (resolution.kind === "image") return resolution.familiar;
    if (resolution.kind === "stage") return `stage ${resolution.stage}`;
    return resolution.kind === "scratch" ? "scratch" : `? ${resolution.reason}`;
  };
  return `${place.line} ${instruction} ${stage} ${written}${platform === undefined ? "" : ` for ${platform}`} -> ${meaning()}`;
}

interface Row {
  readonly name: string;
  readonly lines: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
}

const rows: readonly Row[] = [
  { name: "a plain image", lines: ["FROM nginx"], expected: ["1 FROM 0 nginx -> nginx"] },
  { name: "scratch", lines: ["FROM scratch"], expected: ["1 FROM 0 scratch -> scratch"] },
  {
    name: "keywords in any case",
    lines: ["from nginx as A", "from a"],
    expected: ["1 FROM 0 nginx -> nginx", "2 FROM 1 a -> stage 0"],
  },
  {
    name: "a stage name refers to earlier stages only",
    lines: ["FROM b", "FROM c AS b", "FROM b"],
    expected: ["1 FROM 0 b -> b", "2 FROM 1 c -> c", "3 FROM 2 b -> stage 1"],
  },
  {
    name: "a stage of the image's own name",
    lines: ["FROM nginx AS nginx", "FROM nginx"],
    expected: ["1 FROM 0 nginx -> nginx", "2 FROM 1 nginx -> stage 0"],
  },
  {
    name: "of two stages with one name a FROM means the last before it",
    lines: ["FROM x AS a", "FROM y AS a", "FROM a"],
    expected: ["1 FROM 0 x -> x", "2 FROM 1 y -> y", "3 FROM 2 a -> stage 1"],
  },
  {
    name: "a FROM knows no stage numbers",
    lines: ["FROM x", "FROM 0"],
    expected: ["1 FROM 0 x -> x", "2 FROM 1 0 -> 0"],
  },
  {
    name: "COPY --from a stage by name in any case, by number, or an image",
    lines: [
      "FROM x AS build",
      "FROM y",
      "COPY --from=BUILD a b",
      "COPY --from=0 a b",
      "COPY --chown=1 --from=busybox:1 a b",
    ],
    expected: [
      "1 FROM 0 x -> x",
      "2 FROM 1 y -> y",
      "3 COPY 1 BUILD -> stage 0",
      "4 COPY 1 0 -> stage 0",
      "5 COPY 1 busybox:1 -> busybox:1",
    ],
  },
  {
    name: "a quoted value of a flag; a quoted flag is none",
    lines: ["FROM x", 'COPY --from="busybox" a b', "COPY '--from=no' a b"],
    expected: ["1 FROM 0 x -> x", "2 COPY 0 busybox -> busybox"],
  },
  {
    name: "JSON forms behind flags",
    lines: ["FROM x", 'COPY --from=busybox ["a", "--from=no"]', 'RUN --mount=from=alpine,target=/a ["true"]'],
    expected: ["1 FROM 0 x -> x", "2 COPY 0 busybox -> busybox", "3 RUN 0 alpine -> alpine"],
  },
  {
    name: "a flag behind the first argument is none",
    lines: ["FROM x", "COPY a --from=busybox b", "RUN true --mount=from=busybox"],
    expected: ["1 FROM 0 x -> x"],
  },
  { name: "ADD has no --from", lines: ["FROM x", "ADD --from=busybox a b"], expected: ["1 FROM 0 x -> x"] },
  {
    name: "several mounts in one RUN, of every kind",
    lines: [
      "FROM x AS a",
      "FROM y",
      "RUN --mount=type=bind,from=a,target=/a --mount=type=cache,target=/c,from=busybox --mount=target=/ctx \\",
      "    --mount=FROM=alpine,target=/d true",
    ],
    expected: [
      "1 FROM 0 x -> x",
      "2 FROM 1 y -> y",
      "3 RUN 1 a -> stage 0",
      "3 RUN 1 busybox -> busybox",
      "3 RUN 1 alpine -> alpine",
    ],
  },
  {
    name: "a mount knows no stage numbers",
    lines: ["FROM x", "FROM y", "RUN --mount=from=0,target=/a true"],
    expected: ["1 FROM 0 x -> x", "2 FROM 1 y -> y", "3 RUN 1 0 -> 0"],
  },
  {
    name: "the text of a heredoc is no instruction",
    lines: [
      "FROM x",
      "RUN <<EOF",
      "FROM no",
      "COPY --from=no a b",
      "EOF",
      "COPY <<A <<-B /dir/",
      "FROM no",
      "A",
      "FROM no",
      "\tB",
      "FROM y",
    ],
    expected: ["1 FROM 0 x -> x", "11 FROM 1 y -> y"],
  },
  {
    name: "heredocs with quotes, spaces and descriptors",
    lines: [
      "FROM x",
      'RUN cat <<"E F" >a',
      "FROM no",
      "E F",
      "RUN 3<<EOF cat",
      "FROM no",
      "EOF",
      "RUN cat << X",
      "FROM no",
      "X",
    ],
    expected: ["1 FROM 0 x -> x"],
  },
  {
    name: "what only looks like a heredoc",
    lines: ["FROM x", "RUN echo 'a <<EOF'", "RUN echo $((1<<2))", "ENV A=<<EOF", "FROM y"],
    expected: ["1 FROM 0 x -> x", "5 FROM 1 y -> y"],
  },
  {
    name: "continuations with comments and empty lines between",
    lines: ["FROM \\", "  # a comment \\", "", "  nginx:1 \\", "AS a", "FROM a"],
    expected: ["1 FROM 0 nginx:1 -> nginx:1", "6 FROM 1 a -> stage 0"],
  },
  { name: "a continuation inside a word", lines: ["FR\\", "OM ngi\\", "nx"], expected: ["1 FROM 0 nginx -> nginx"] },
  {
    name: "a doubled backslash continues nothing",
    lines: ["FROM x", "RUN echo \\\\", "FROM y"],
    expected: ["1 FROM 0 x -> x", "3 FROM 1 y -> y"],
  },
  {
    name: "the escape directive",
    lines: ["# escape=`", "FROM x", "RUN echo `", "  FROM no", "RUN dir C:\\", "FROM y"],
    expected: ["2 FROM 0 x -> x", "6 FROM 1 y -> y"],
  },
  {
    name: "an escape directive below a comment is a comment",
    lines: ["# hello", "# escape=`", "FROM x", "RUN echo \\", "  FROM no"],
    expected: ["3 FROM 0 x -> x"],
  },
  {
    name: "# syntax= at the top",
    lines: ["# syntax=docker/dockerfile:1 # comment", "FROM x"],
    expected: ["1 SYNTAX -1 docker/dockerfile:1 -> docker/dockerfile:1", "2 FROM 0 x -> x"],
  },
  {
    name: "# syntax= behind a shebang and another directive",
    lines: ["#!/usr/bin/env docker", "# check=skip=all", "#Syntax = a/b:1", "FROM x"],
    expected: ["3 SYNTAX -1 a/b:1 -> a/b:1", "4 FROM 0 x -> x"],
  },
  {
    name: "# syntax= below a comment is a comment",
    lines: ["# hello", "# syntax=a/b", "FROM x"],
    expected: ["3 FROM 0 x -> x"],
  },
  {
    name: "# syntax= below an empty line is a comment",
    lines: ["", "# syntax=a/b", "FROM x"],
    expected: ["3 FROM 0 x -> x"],
  },
  {
    name: "a byte order mark and CRLF",
    lines: ["\uFEFF# syntax=a/b\r", "FROM x \\\r", "  AS a\r", "RUN <<EOF\r", "FROM no\r", "EOF\r", "FROM a\r"],
    expected: ["1 SYNTAX -1 a/b -> a/b", "2 FROM 0 x -> x", "7 FROM 1 a -> stage 0"],
  },
  {
    name: "global ARG defaults, one from another",
    lines: ["ARG V=1.27", 'ARG TAG="${V}-slim" HOST=reg.io', "FROM ${HOST}/nginx:$TAG"],
    expected: ["3 FROM 0 ${HOST}/nginx:$TAG -> reg.io/nginx:1.27-slim"],
  },
  {
    name: "a build argument wins over the default, and needs one to win over",
    lines: ["ARG V=1", "FROM nginx:${V}", "FROM nginx:${W:-none}"],
    args: { V: "2", W: "3" },
    expected: ["2 FROM 0 nginx:${V} -> nginx:2", "3 FROM 1 nginx:${W:-none} -> nginx:none"],
  },
  {
    name: "a build argument for an ARG without default",
    lines: ["ARG V", "FROM nginx:${V:-none}"],
    args: { V: "2" },
    expected: ["2 FROM 0 nginx:${V:-none} -> nginx:2"],
  },
  {
    name: "an ARG of a stage says nothing to a FROM",
    lines: ["ARG V=1", "FROM x", "ARG V=2", "FROM nginx:$V"],
    expected: ["2 FROM 0 x -> x", "4 FROM 1 nginx:$V -> nginx:1"],
  },
  {
    name: "all forms of substitution",
    lines: [
      "ARG V=1.27.3",
      "ARG E",
      "FROM a:${V%.*}",
      "FROM b:${V%%.*}",
      "FROM c:${V#1.}",
      "FROM d${V:+-x}",
      "FROM e${E+x}",
      "FROM f:${V//./-}",
    ],
    expected: [
      "3 FROM 0 a:${V%.*} -> a:1.27",
      "4 FROM 1 b:${V%%.*} -> b:1",
      "5 FROM 2 c:${V#1.} -> c:27.3",
      "6 FROM 3 d${V:+-x} -> d-x",
      "7 FROM 4 e${E+x} -> e",
      "8 FROM 5 f:${V//./-} -> f:1-27-3",
    ],
  },
  {
    name: "a stage named by a variable",
    lines: ["ARG T=dev", "FROM x AS dev", "FROM y AS prod", "FROM $T"],
    expected: ["2 FROM 0 x -> x", "3 FROM 1 y -> y", "4 FROM 2 $T -> stage 0"],
  },
  {
    name: "--platform stays symbolic where it depends on the build",
    lines: [
      "ARG P=linux/arm64",
      "FROM --platform=$BUILDPLATFORM x",
      "FROM --platform=${TARGETPLATFORM} y",
      "FROM --platform=$P z",
      "FROM --platform=linux/$TARGETARCH w",
    ],
    expected: [
      "2 FROM 0 x for $BUILDPLATFORM -> x",
      "3 FROM 1 y for $TARGETPLATFORM -> y",
      "4 FROM 2 z for linux/arm64 -> z",
      "5 FROM 3 w for linux/$TARGETARCH -> w",
    ],
  },
  {
    name: "a name that depends on the platform is not guessed",
    lines: ["ARG A=$TARGETARCH", "FROM base-${A}", "FROM base-$BUILDOS"],
    expected: [
      "2 FROM 0 base-${A} -> ? it depends on TARGETARCH, which is not the same in every build",
      "3 FROM 1 base-$BUILDOS -> ? it depends on BUILDOS, which is not the same in every build",
    ],
  },
  {
    name: "a default for an automatic variable makes it an ordinary one",
    lines: ["ARG TARGETARCH=riscv64", "FROM base-$TARGETARCH"],
    expected: ["2 FROM 0 base-$TARGETARCH -> base-riscv64"],
  },
  {
    name: "ONBUILD is a reference of the stages that stand on it",
    lines: ["FROM x AS a", "ONBUILD COPY --from=busybox a b", "FROM a AS b", "FROM b"],
    expected: ["1 FROM 0 x -> x", "3 FROM 1 a -> stage 0", "2 COPY 1 busybox -> busybox", "4 FROM 2 b -> stage 1"],
  },
  {
    name: "a later stage cannot be copied from",
    lines: ["FROM x", "COPY --from=later a b", "FROM y AS later"],
    expected: ["1 FROM 0 x -> x", "2 COPY 0 later -> ? that stage comes later, at line 3", "3 FROM 1 y -> y"],
  },
  {
    name: "COPY --from=scratch",
    lines: ["FROM x", "COPY --from=scratch a b"],
    expected: ["1 FROM 0 x -> x", "2 COPY 0 scratch -> scratch"],
  },
];

describe("references of a Dockerfile", () => {
  for (const { name, lines, args, expected } of rows) {
    it(name, () => assert.deepEqual(references(lines, args), expected));
  }

  it("are read for each platform where a name depends on it", () => {
    const text = "FROM x AS for-amd64\nFROM y AS for-arm64\nFROM for-$TARGETARCH\nCOPY --from=tools-$TARGETOS a b\n";
    const lines = text.replace("COPY --from=tools-$TARGETOS a b\n", "");
    const { value, problems } = parseDockerfile(lines, "Dockerfile", {}, ["linux/amd64", "linux/arm64"]);
    assert.deepEqual(problems, []);
    const meanings = value.perPlatform?.map(({ platform, dockerfile }) => [
      platform,
      dockerfile.references.map(describeReference).at(-1),
    ]);
    assert.deepEqual(meanings, [
      ["linux/amd64", "3 FROM 2 for-$TARGETARCH -> stage 0"],
      ["linux/arm64", "3 FROM 2 for-$TARGETARCH -> stage 1"],
    ]);
  });

  it("are read once where no name depends on the platform", () => {
    const { value } = parseDockerfile("FROM --platform=$TARGETPLATFORM x", "Dockerfile", {}, ["linux/amd64"]);
    assert.equal(value.perPlatform, undefined);
  });
});

describe("problems of a Dockerfile", () => {
  const bad: readonly (readonly [
    name: string,
    lines: readonly string[],
    line: number,
    message: RegExp,
    remedy: RegExp,
  ])[] = [
    ["empty", [""], 1, /there is no FROM/, /Add FROM/],
    ["unknown instruction", ["FROM x", "COPPY a b"], 2, /"COPPY" is no instruction/, /Did you mean "COPY"/],
    ["instruction before FROM", ["RUN true", "FROM x"], 1, /RUN stands before the first FROM/, /below a FROM/],
    ["unknown flag", ["FROM x", "COPY --form=a b c"], 2, /COPY has no flag --form/, /Did you mean "--from"/],
    ["ADD --from", ["FROM x", "ADD --from=a b c"], 2, /ADD has no flag --from/, /Known: /],
    ["flag twice", ["FROM x", "COPY --from=a --from=b c d"], 2, /--from twice/, /Keep one/],
    ["flag without value", ["FROM --platform x"], 1, /--platform has no value/, /--platform=VALUE/],
    ["FROM without image", ["FROM"], 1, /neither FROM IMAGE/, /two forms/],
    ["FROM with two words", ["FROM x y"], 1, /neither FROM IMAGE/, /two forms/],
    ["FROM with a comment behind", ["FROM x AS y # why"], 1, /neither FROM IMAGE/, /two forms/],
    ["bad stage name", ["FROM x AS 1st"], 1, /"1st" cannot name a stage/, /starts with a letter/],
    ["stage name that no image can have", ["FROM x AS a_"], 1, /"a_" cannot name a stage/, /starts with a letter/],
    ["COPY without destination", ["FROM x", "COPY a"], 2, /needs a source and a destination/, /SOURCE/],
    ["upper-case image", ["FROM Nginx"], 1, /"Nginx" cannot name an image/, /lower case/],
    ["upper-case stage in FROM", ["FROM x AS build", "FROM Build"], 2, /"Build" cannot name an image/, /write build\./],
    ["variable without value", ["FROM nginx:${V}"], 1, /V has no value/, /Declare ARG V=/],
    ["only a variable without value", ["ARG V", "FROM $V"], 2, /V has no value/, /Declare ARG V=/],
    ["required variable", ["FROM ${V:?missing}"], 1, /V: missing/, /Correct/],
    ["broken substitution", ["FROM nginx:${V"], 1, /FROM nginx:\$\{V is invalid/, /Correct/],
    ["broken default", ["ARG V=${", "FROM x"], 1, /default of ARG V is invalid/, /Correct/],
    ["empty platform", ["FROM --platform=$P x"], 1, /--platform=\$P is empty/, /Name a platform/],
    [
      "variable in COPY --from",
      ["ARG B=x", "FROM x", "COPY --from=$B a b"],
      3,
      /no variables are substituted/,
      /FROM \$B AS/,
    ],
    [
      "variable in a mount",
      ["FROM x", "RUN --mount=from=${B},target=/a true"],
      2,
      /no variables are substituted/,
      /FROM \$\{B\} AS/,
    ],
    ["stage that is not there", ["FROM x", "COPY --from=3 a b"], 2, /there is no stage 3/, /numbers 0 to 0/],
    ["copy from itself", ["FROM x AS a", "COPY --from=a b c"], 2, /takes from itself/, /earlier stage/],
    ["heredoc without end", ["FROM x", "RUN <<EOF", "true"], 2, /heredoc <<EOF does not end/, /EOF alone/],
    ["bad escape", ["# escape=x", "FROM x"], 1, /escape token "x"/, /leave it out/],
    ["directive twice", ["# escape=`", "# escape=`", "FROM x"], 2, /given twice/, /Keep one/],
    ["ONBUILD FROM", ["FROM x", "ONBUILD FROM y"], 2, /FROM cannot follow ONBUILD/, /another/],
    ["ONBUILD of nothing known", ["FROM x", "ONBUILD FOO"], 2, /"FOO", which is no instruction/, /e\.g\. ONBUILD RUN/],
  ];
  for (const [name, lines, line, message, remedy] of bad) {
    it(name, () => {
      const { problems } = parseDockerfile(lines.join("\n"), "images/a/Dockerfile");
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.deepEqual(problems[0]?.place, { file: "images/a/Dockerfile", line });
      assert.match(problems[0]?.message ?? "", message);
      assert.match(problems[0]?.remedy ?? "", remedy);
    });
  }

  it("are all reported at once", () => {
    const { problems } = parseDockerfile("FROM A\nFOO\nCOPY a\n", "Dockerfile");
    assert.deepEqual(problems.map(({ place }) => place.line).sort(), [1, 2, 3]);
  });
});

describe("instructions of a stage", () => {
  it("have continuations joined, flags taken out and heredocs kept", () => {
    const lines = [
      "FROM x AS a",
      "RUN --mount=type=secret,id=t --network=none make \\",
      " # no",
      " all <<EOF",
      "text",
      "EOF",
      'CMD ["a"]',
    ];
    const { value } = parseDockerfile(lines.join("\n"), "Dockerfile");
    assert.deepEqual(value.stages[0]?.instructions, [
      {
        place: { file: "Dockerfile", line: 2 },
        keyword: "RUN",
        flags: [
          { name: "mount", value: "type=secret,id=t" },
          { name: "network", value: "none" },
        ],
        rest: "make  all <<EOF",
        heredocs: [{ name: "EOF", content: "text\n" }],
      },
      { place: { file: "Dockerfile", line: 7 }, keyword: "CMD", flags: [], rest: '["a"]', heredocs: [] },
    ]);
  });
});

describe("any text", () => {
  const fragments = [
    "FROM x\n",
    "FROM ",
    "RUN ",
    "COPY --from=",
    "--mount=from=",
    " AS a",
    "\\\n",
    "\n",
    "<<EOF",
    "EOF\n",
    "${",
    "}",
    "$A",
    "'",
    '"',
    "#",
    "# escape=`\n",
    "\uFEFF",
    "0",
    "a",
    "`",
    "\r\n",
    "ONBUILD ",
    "ARG A=",
    "[",
  ];
  it("is parsed without an exception, and every reference has a line of the text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...fragments), { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (written) => {
        const { value, problems } = parseDockerfile(written, "Dockerfile", {}, ["linux/amd64"]);
        const lines = written.split("\n").length;
        for (const { place } of value.references) assert.ok(place.line >= 1 && place.line <= lines);
        for (const { place } of problems) assert.ok((place.line ?? 1) >= 1 && (place.line ?? 1) <= lines);
        for (const stage of value.stages)
          assert.ok(stage.instructions.every(({ place }) => place.line >= stage.place.line));
      }),
      { numRuns: 2000 },
    );
  });
});
