import assert from "node:assert/strict";
import fc from "fast-check";
import { dump } from "js-yaml";
import { formatPlace } from "../../domain/problems.js";
import { placeOf, writtenAt, type YamlPath } from "../../domain/yaml/document.js";
import { parseYaml } from "../../domain/yaml/parse.js";

function report(text: string): readonly string[] {
  return parseYaml("a.yaml", text).problems.map(
    ({ place, message, remedy }) => `${formatPlace(place)}: ${message} ${remedy}`,
  );
}

const syntaxRemedy =
  "Correct the line, or the end of the one before. A value with `: `, ` #` or a special first character needs quotes.";

describe("YAML with lines", () => {
  const text = [
    "owner: platform", // 1
    "platforms:", // 2
    "  - linux/amd64", // 3
    "  - linux/arm64", // 4
    "rebuild: { delay: 7d,", // 5
    "  autoRebuild: true }", // 6
    "images:", // 7
    "  - name: nginx", // 8
    "    tags: [a,", // 9
    "      b]", // 10
    "  -", // 11
    "    name: redis", // 12
    "empty:", // 13
    "notes: |", // 14
    "  long", // 15
    "after: 3.10", // 16
  ].join("\n");

  const places: readonly (readonly [YamlPath, number])[] = [
    [[], 1],
    [["owner"], 1],
    [["platforms"], 2],
    [["platforms", 1], 4],
    [["rebuild", "delay"], 5],
    [["rebuild", "autoRebuild"], 6],
    [["images", 0], 8],
    [["images", 0, "tags", 1], 10],
    [["images", 1, "name"], 12],
    [["empty"], 13],
    [["notes"], 14],
    [["after"], 16],
    [["images", 0, "missing", "deeper"], 8],
  ];
  for (const [path, line] of places) {
    for (const [ending, name] of [
      ["\n", "LF"],
      ["\r\n", "CRLF"],
    ] as const) {
      it(`finds ${path.map(String).join(".") || "the root"} in line ${line} (${name})`, () => {
        const { value, problems } = parseYaml("a.yaml", text.replaceAll("\n", ending));
        assert.deepEqual(problems, []);
        assert.ok(value !== undefined);
        assert.deepEqual(placeOf(value, path), { file: "a.yaml", line });
      });
    }
  }

  it("keeps what was written of an unquoted number", () => {
    const { value } = parseYaml("a.yaml", "a: 3.10\nb: '3.10'\n");
    assert.ok(value !== undefined);
    assert.deepEqual(value.value, { a: 3.1, b: "3.10" });
    assert.equal(writtenAt(value, ["a"]), "3.10");
    assert.equal(writtenAt(value, ["b"]), undefined);
  });

  it("reads through a byte order mark", () => {
    const { value, problems } = parseYaml("a.yaml", "\ufeffowner: x\n");
    assert.deepEqual(problems, []);
    assert.deepEqual(value?.value, { owner: "x" });
  });

  for (const text of ["", "\n\n", "# only a comment\n", "---\n", "~\n"]) {
    it(`has no value in ${JSON.stringify(text)}`, () => {
      const { value, problems } = parseYaml("a.yaml", text);
      assert.deepEqual(problems, []);
      assert.equal(value?.value, undefined);
    });
  }

  it("takes __proto__ as a key like any other", () => {
    const { value } = parseYaml("a.yaml", "__proto__: { polluted: true }\n");
    assert.deepEqual(Object.keys(value?.value as object), ["__proto__"]);
    assert.ok(!("polluted" in {}));
  });

  it("gives back any JSON data that was written as YAML", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        // Two equal parts of a JavaScript value are no alias here, and -0 has no JSON form.
        const plain: unknown = JSON.parse(JSON.stringify(data));
        const { value, problems } = parseYaml("a.yaml", dump(plain, { noRefs: true }));
        assert.deepEqual(problems, []);
        assert.deepEqual(JSON.stringify(value?.value ?? null), JSON.stringify(plain));
      }),
    );
  });
});

describe("YAML that is refused", () => {
  const rows: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    [
      "a tab as indentation",
      "a:\n\tb: 1\n",
      ["a.yaml:2: this is not YAML at column 1: tab characters must not be used in indentation. Indent with spaces."],
    ],
    [
      "a colon in a value",
      "a: 1\nb: c: d\n",
      [`a.yaml:2: this is not YAML at column 5: bad indentation of a mapping entry. ${syntaxRemedy}`],
    ],
    [
      "an open bracket",
      "a: [1,\n  2\n",
      [`a.yaml:3: this is not YAML at column 1: deficient indentation. ${syntaxRemedy}`],
    ],
    [
      "a NUL character in a value, in a list and in a key",
      'a: "x\\0y"\nb:\n  - "\\x00"\n"c\\u0000": d\n',
      [1, 3, 4].map((line) => `a.yaml:${line}: a text has a NUL character. Remove the \\0, \\x00 or \\u0000.`),
    ],
    [
      "a key that stands twice",
      "a: 1\nb: 2\na: 3\n",
      ['a.yaml:3: key "a" stands here and in line 1. Remove one of the two.'],
    ],
    [
      "a nested key that stands twice",
      "x:\n  - a: 1\n    'a': 3\n",
      ['a.yaml:3: key "a" stands here and in line 2. Remove one of the two.'],
    ],
    [
      "a second document",
      "a: 1\n---\nb: 2\n---\nc: 3\n",
      ["a.yaml:3: a second document begins here. Keep one document in a file."],
    ],
    [
      "an anchor and an alias",
      "a: &x\n  - 1\nb: *x\n",
      [
        "a.yaml:1: anchor &x is not allowed. Remove it, and write the value out where it is used.",
        "a.yaml:3: alias *x is not allowed. Write the value out: aliases hide what a file says.",
      ],
    ],
    ["a tag", "a: !!binary aGk=\n", ["a.yaml:1: tag !!binary is not allowed. Remove it; put text in quotes."]],
    ["a list as key", "? [a]\n: 1\n", ["a.yaml:1: a key is a list, a mapping or an alias. Use plain text as key."]],
    [
      "a key that is read as another number",
      "12.10: a\n",
      ['a.yaml:1: key 12.10 is read as the number 12.1. Put it in quotes: "12.10".'],
    ],
    [
      "a NUL byte",
      "a: \0\n",
      [`a.yaml:1: this is not YAML at column 4: null byte is not allowed in input. ${syntaxRemedy}`],
    ],
  ];
  for (const [name, text, expected] of rows) {
    it(name, () => assert.deepEqual(report(text), expected));
  }

  it("never throws, whatever the text is", () => {
    const fragment = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "&x ",
      "*x",
      "{",
      "}",
      "[",
      "]",
      "'",
      '"',
      "|",
      ">",
      "?",
      "!",
      "---\n",
      "\t",
      "#",
      ",",
      "1.0",
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        const { value, problems } = parseYaml("a.yaml", fragments.join(""));
        assert.ok(value !== undefined || problems.length > 0);
      }),
      { numRuns: 1000 },
    );
  });
});
