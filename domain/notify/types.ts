export type NoticeKind = "build" | "vulnerability" | "recall" | "promotion";

/** Something that people have to know, as long as it is so. */
export interface Notice {
  /** Names it for good: `vulnerability/web/CVE-2026-1/curl`. What has the same key is the same thing. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly image?: string;
  /** One line. */
  readonly title: string;
  /** What was found, and what to do next. */
  readonly text: string;
  /** Whatever, if it differs, has to be told again. */
  readonly state: string;
}

/** All that was found in one place, and what of earlier findings that place speaks of. */
export interface Findings {
  readonly notices: readonly Notice[];
  /** Whether it was looked at now: only then does a notice that is not among them mean that it is over. */
  readonly looked: (key: string) => boolean;
}

/** What is sent. */
export interface Message {
  readonly change: "new" | "changed" | "resolved";
  readonly key: string;
  readonly kind: NoticeKind;
  readonly image?: string;
  readonly stack: string;
  readonly title: string;
  /** Empty for what is over. */
  readonly text: string;
  /** The same for the same message, however often it is sent. */
  readonly id: string;
}

/** What one sender has told of a stack, by key. */
export type Told = Readonly<Record<string, ToldNotice>>;

export interface ToldNotice extends Pick<Notice, "kind" | "image" | "title"> {
  /** Hash of the state that was told. */
  readonly state: string;
}
