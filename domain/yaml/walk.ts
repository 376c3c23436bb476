import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import type { Problem } from "../problems.js";
import type { YamlNode } from "./document.js";

/** What the parser's events say beside the data. */
export interface Walked {
  readonly root?: YamlNode;
  readonly problems: readonly Problem[];
  /** True where the data must not be used at all. */
  readonly ambiguous: boolean;
}

interface MutableNode extends YamlNode {
  readonly children: Map<string, MutableNode>;
}

export function walkEvents(file: string, source: string, events: readonly Event[]): Walked {
  const walker = new Walker(file, source, events);
  return walker.walk();
}

class Walker {
  private next = 0;
  private ambiguous = false;
  private readonly problems: Problem[] = [];
  private readonly lineStarts: readonly number[];

  constructor(
    private readonly file: string,
    private readonly source: string,
    private readonly events: readonly Event[],
  ) {
    this.lineStarts = [0, ...[...source.matchAll(/\r\n?|\n/g)].map((match) => match.index + match[0].length)];
  }

  walk(): Walked {
    let root: YamlNode | undefined;
    let documents = 0;
    while (this.next < this.events.length) {
      const event = this.take();
      if (event.type === EVENT_ID.DOCUMENT) documents++;
      else if (event.type !== EVENT_ID.POP) {
        const line = this.lineOf(event, 1);
        if (documents === 2) this.refuse(line, "a second document begins here.", "Keep one document in a file.");
        const node = this.node(event, line);
        root ??= node;
      }
    }
    return { ...(root === undefined ? {} : { root }), problems: this.problems, ambiguous: this.ambiguous };
  }

  private node(event: Event, line: number): MutableNode {
    this.refuseUnclear(event, line);
    const children = new Map<string, MutableNode>();
    if (event.type === EVENT_ID.MAPPING) this.mapping(children, line);
    if (event.type === EVENT_ID.SEQUENCE) this.sequence(children, line);
    if (event.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN) {
      return { line, written: getScalarValue(this.source, event), children };
    }
    return { line, children };
  }

  private mapping(children: Map<string, MutableNode>, startLine: number): void {
    for (let event = this.take(); event.type !== EVENT_ID.POP; event = this.take()) {
      const line = this.lineOf(event, startLine);
      if (event.type !== EVENT_ID.SCALAR) {
        this.refuse(line, "a key is a list, a mapping or an alias.", "Use plain text as key.");
        this.node(event, line);
        this.value(line);
        continue;
      }
      this.refuseUnclear(event, line);
      const key = getScalarValue(this.source, event);
      this.checkKey(event, key, line);
      const first = children.get(key);
      const value = this.value(line);
      if (first === undefined) {
        children.set(key, value);
        continue;
      }
      const message = `key "${key}" stands here and in line ${first.line}.`;
      this.problems.push({ place: { file: this.file, line }, message, remedy: "Remove one of the two." });
    }
  }

  private sequence(children: Map<string, MutableNode>, startLine: number): void {
    for (let event = this.take(); event.type !== EVENT_ID.POP; event = this.take()) {
      children.set(String(children.size), this.node(event, this.lineOf(event, startLine)));
    }
  }

  private value(keyLine: number): MutableNode {
    return this.node(this.take(), keyLine);
  }

  /** `12.10:` would silently become the key `12.1`. */
  private checkKey(event: ScalarEvent, key: string, line: number): void {
    if (event.style !== SCALAR_STYLE.PLAIN || key.trim() === "") return;
    const number = Number(key);
    if (Number.isNaN(number) || String(number) === key) return;
    const message = `key ${key} is read as the number ${number}.`;
    this.problems.push({ place: { file: this.file, line }, message, remedy: `Put it in quotes: "${key}".` });
  }

  private refuseUnclear(event: Event, line: number): void {
    if (event.type === EVENT_ID.ALIAS) {
      const name = this.source.slice(event.anchorStart, event.anchorEnd);
      this.refuse(line, `alias *${name} is not allowed.`, "Write the value out: aliases hide what a file says.");
      return;
    }
    if (!("tagStart" in event)) return;
    if (event.anchorStart >= 0) {
      const name = this.source.slice(event.anchorStart, event.anchorEnd);
      this.refuse(line, `anchor &${name} is not allowed.`, "Remove it, and write the value out where it is used.");
    }
    if (event.tagStart >= 0) {
      const tag = this.source.slice(event.tagStart, event.tagEnd);
      this.refuse(line, `tag ${tag} is not allowed.`, "Remove it; put text in quotes.");
    }
    // It ends texts in labels, arguments and paths, and parts them in buildIds.
    if (event.type === EVENT_ID.SCALAR && getScalarValue(this.source, event).includes("\0"))
      this.refuse(line, "a text has a NUL character.", "Remove the \\0, \\x00 or \\u0000.");
  }

  private refuse(line: number, message: string, remedy: string): void {
    this.ambiguous = true;
    this.problems.push({ place: { file: this.file, line }, message, remedy });
  }

  private take(): Event {
    const event = this.events[this.next++];
    if (event === undefined) throw new Error("the YAML parser's events end inside a collection");
    return event;
  }

  private lineOf(event: Event, fallback: number): number {
    const offset = offsetOf(event);
    if (offset < 0) return fallback;
    let low = 0;
    let high = this.lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

/** The first character of a node, its anchor and tag included; -1 where the parser gives none. */
function offsetOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return first(event.anchorStart, event.tagStart, event.start);
    case EVENT_ID.SCALAR:
      return first(event.anchorStart, event.tagStart, event.valueStart);
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    default:
      return -1;
  }
}

function first(...offsets: readonly number[]): number {
  const known = offsets.filter((offset) => offset >= 0);
  return known.length === 0 ? -1 : Math.min(...known);
}
