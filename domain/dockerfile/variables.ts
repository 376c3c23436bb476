import { AUTOMATIC_ARGS } from "./grammar.js";
import { splitQuoted } from "./split.js";
import { WordError } from "./word-error.js";
import { type EscapeToken, expandWord } from "./words.js";

/** What a word became, or why it cannot be told. `symbolic`: it depends on a variable of a platform that was not given. */
export type Expansion =
  | { readonly kind: "text"; readonly text: string; readonly unset: readonly string[] }
  | { readonly kind: "symbolic"; readonly variable: string }
  | { readonly kind: "invalid"; readonly reason: string };

export interface GlobalArg {
  readonly name: string;
  readonly value?: string;
  readonly line: number;
}

/** `ARG a b=1 c="x y"` as names and values as written. */
export function readArgs(rest: string, line: number, escapeToken: EscapeToken): readonly GlobalArg[] {
  return splitQuoted(rest, escapeToken).map((word) => {
    const equals = word.indexOf("=");
    return equals < 0 ? { name: word, line } : { name: word.slice(0, equals), value: word.slice(equals + 1), line };
  });
}

/** The automatic variables of a platform `os/arch[/variant]`, to be given as build arguments. */
export function targetPlatformArgs(platform: string): Readonly<Record<string, string>> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  return {
    TARGETPLATFORM: platform,
    TARGETOS: os,
    TARGETOSVERSION: "",
    TARGETARCH: arch,
    TARGETVARIANT: variant,
  };
}

/** A value that differs by platform: the automatic variable that it depends on, and its text with that left in as `$NAME`. */
interface SymbolicValue {
  readonly cause: string;
  readonly text: string;
}

/** Thrown by a look-up: the variable depends on a platform that was not given. */
class Symbolic extends Error {}

/**
 * The variables that a FROM sees: those that BuildKit sets for the platform, then the global ARGs in their order, where a build
 * argument of that name wins over the default. Without a platform, what depends on one is symbolic.
 */
export class GlobalScope {
  private readonly values = new Map<string, string | SymbolicValue>();

  constructor(
    private readonly buildArgs: Readonly<Record<string, string>>,
    private readonly escapeToken: EscapeToken,
  ) {}

  /** Declares an ARG; returns why its default is refused, if it is. */
  declare({ name, value }: GlobalArg): string | undefined {
    const given = this.given(name);
    if (given !== undefined) {
      this.values.set(name, given);
      return undefined;
    }
    if (value === undefined) return undefined;
    const expansion = this.expand(value);
    if (expansion.kind === "invalid") return expansion.reason;
    if (expansion.kind === "text") this.values.set(name, expansion.text);
    else this.values.set(name, { cause: expansion.variable, text: this.expandSymbolically(value) });
    return undefined;
  }

  expand(word: string): Expansion {
    const unset: string[] = [];
    try {
      const text = expandWord(
        word,
        (name) => {
          const value = this.valueOf(name);
          if (typeof value === "object") throw new Symbolic(value.cause);
          if (value === undefined) unset.push(name);
          return value;
        },
        this.escapeToken,
      );
      return { kind: "text", text, unset };
    } catch (error) {
      if (error instanceof Symbolic) return { kind: "symbolic", variable: error.message };
      if (error instanceof WordError) return { kind: "invalid", reason: error.message };
      throw error;
    }
  }

  /** As `expand`, but what depends on a platform stays in the text as `$NAME`; an invalid word stays as it is. */
  expandSymbolically(word: string): string {
    try {
      const lookup = (name: string) => {
        const value = this.valueOf(name);
        return typeof value === "object" ? value.text : value;
      };
      return expandWord(word, lookup, this.escapeToken);
    } catch (error) {
      if (error instanceof WordError) return word;
      throw error;
    }
  }

  private valueOf(name: string): string | SymbolicValue | undefined {
    const value = this.values.get(name);
    if (value !== undefined || !AUTOMATIC_ARGS.has(name)) return value;
    return this.given(name) ?? { cause: name, text: `$${name}` };
  }

  private given(name: string): string | undefined {
    return Object.hasOwn(this.buildArgs, name) ? this.buildArgs[name] : undefined;
  }
}
