import { createHash } from "node:crypto";
import type { Findings, Message, Notice, Told, ToldNotice } from "./types.js";

/** A message, and what the sender has told once it is delivered. */
export interface PlannedMessage {
  readonly message: Message;
  /** Absent for what is over. */
  readonly told?: ToldNotice;
}

/**
 * What a sender has yet to tell: each thing once, again where it has changed, and once more when it is over. Sorted by key.
 *
 * @param told what it has delivered before
 */
export function messagesOf(stack: string, told: Told, findings: readonly Findings[]): readonly PlannedMessage[] {
  const notices = new Map(findings.flatMap((found) => found.notices).map((notice) => [notice.key, notice]));
  const open = [...notices.values()].flatMap((notice): readonly PlannedMessage[] => {
    const before = told[notice.key];
    const now = toldOf(notice);
    if (before?.state === now.state) return [];
    const { key, text } = notice;
    return [{ message: messageOf(stack, before === undefined ? "new" : "changed", key, now, text), told: now }];
  });
  const over = Object.entries(told).flatMap(([key, before]): readonly PlannedMessage[] => {
    if (notices.has(key) || !findings.some(({ looked }) => looked(key))) return [];
    return [{ message: messageOf(stack, "resolved", key, before, "") }];
  });
  return [...open, ...over].sort((left, right) => (left.message.key < right.message.key ? -1 : 1));
}

/** What a sender has told after it delivered these. */
export function afterTelling(told: Told, delivered: readonly PlannedMessage[]): Told {
  const next = new Map(Object.entries(told));
  for (const { message, told: now } of delivered) {
    if (now === undefined) next.delete(message.key);
    else next.set(message.key, now);
  }
  return Object.fromEntries([...next].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function toldOf({ kind, image, title, state }: Notice): ToldNotice {
  return { kind, ...(image === undefined ? {} : { image }), title, state: hash(state) };
}

function messageOf(
  stack: string,
  change: Message["change"],
  key: string,
  { kind, image, title, state }: ToldNotice,
  text: string,
): Message {
  const about = { change, key, kind, ...(image === undefined ? {} : { image }), stack, title, text };
  return { ...about, id: hash(JSON.stringify([stack, key, change, state])) };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
