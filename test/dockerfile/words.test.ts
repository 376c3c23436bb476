// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of Dockerfiles
import assert from "node:assert/strict";
import fc from "fast-check";
import { WordError } from "../../domain/dockerfile/word-error.js";
import { type EscapeToken, expandWord, splitRawWords, splitWords } from "../../domain/dockerfile/words.js";

const VALUES: Readonly<Record<string, string>> = { X: "abcabc", EMPTY: "", PATHLIKE: "a/b/c", Y: "x" };

function expand(word: string, escapeToken: EscapeToken = "\\"): string {
  return expandWord(word, (name) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined), escapeToken);
}

describe("expandWord", () => {
  const rows: readonly (readonly [word: string, expected: string, escapeToken?: EscapeToken])[] = [
    ["plain", "plain"],
    ["$X", "abcabc"],
    ["${X}-tail", "abcabc-tail"],
    ["$UNSET", ""],
    ["${UNSET}", ""],
    ["${UNSET:-word}", "word"],
    ["${EMPTY:-word}", "word"],
    ["${EMPTY-word}", ""],
    ["${UNSET-word}", "word"],
    ["${X:-word}", "abcabc"],
    ["${X:+word}", "word"],
    ["${EMPTY:+word}", ""],
    ["${EMPTY+word}", "word"],
    ["${UNSET+word}", ""],
    ["${X:?message}", "abcabc"],
    ["${UNSET:-${Y}}", "x"],
    ["${X#a}", "bcabc"],
    ["${X#*b}", "cabc"],
    ["${X##*b}", "c"],
    ["${X%c}", "abcab"],
    ["${X%b*}", "abca"],
    ["${X%%b*}", "a"],
    ["${X/b/-}", "a-cabc"],
    ["${X//b/-}", "a-ca-c"],
    ["${X//?/.}", "......"],
    ["${PATHLIKE/\\//:}", "a:b/c"],
    ["'$X'", "$X"],
    ['"$X"', "abcabc"],
    ['"a\\"b"', 'a"b'],
    ["\\$X", "$X"],
    ["`$X", "$X", "`"],
    ["a\\b", "ab"],
    ["$", "$"],
    ["a<<b", "a<<b"],
  ];
  for (const [word, expected, escapeToken] of rows) {
    it(`${word} is ${JSON.stringify(expected)}`, () => assert.equal(expand(word, escapeToken), expected));
  }

  const refused: readonly (readonly [word: string, reason: RegExp])[] = [
    ["${X", /unsupported modifier|missing '}'/],
    ["${", /missing '}'/],
    ["${}", /bad substitution/],
    ["${:x}", /bad substitution/],
    ["${X^}", /unsupported modifier \(\^\)/],
    ["${X:#a}", /unsupported modifier \(:#\)/],
    ["${UNSET:?say so}", /UNSET: say so/],
    ["${UNSET?}", /UNSET: is not allowed to be unset/],
    ["${EMPTY:?}", /EMPTY: is not allowed to be empty/],
    ["${X/b", /missing '\/'/],
    ["${X#\\a}", /invalid escape '\\a'/],
    ["'open", /single-quote/],
    ['"open', /double-quote/],
  ];
  for (const [word, reason] of refused) {
    it(`${word} is refused`, () => {
      assert.throws(
        () => expand(word),
        (error) => error instanceof WordError && reason.test(error.message),
      );
    });
  }

  it("gives a word or a WordError for any text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."${}:-+?#%/\\'\"<ab X*[".split("")), maxLength: 20 }),
        (word) => {
          try {
            assert.equal(typeof expand(word), "string");
          } catch (error) {
            assert.ok(error instanceof WordError, String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("leaves words alone in which nothing is special", () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9/:.@_-]*$/), (word) => assert.equal(expand(word), word)));
  });
});

describe("splitWords and splitRawWords", () => {
  const rows: readonly (readonly [text: string, words: readonly string[], raw: readonly string[]])[] = [
    ["a  b", ["a", "b"], ["a", "b"]],
    ["'a b' c", ["a b", "c"], ["'a b'", "c"]],
    ['x"a b"', ["xa b"], ['x"a b"']],
    ["a\\ b", ["a b"], ["a\\ b"]],
    ["cat << EOF", ["cat", "<< EOF"], ["cat", "<< EOF"]],
    ["$X ${Y:-z}", ["$X", "${Y:-z}"], ["$X", "${Y:-z}"]],
  ];
  for (const [text, words, raw] of rows) {
    it(text, () => {
      assert.deepEqual(splitWords(text), words);
      assert.deepEqual(splitRawWords(text), raw);
    });
  }
});
