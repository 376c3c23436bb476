/** Tells of each image only what is not what it told last. */
export class Mentions {
  private readonly told = new Map<string, string>();

  constructor(private readonly tell: (line: string) => void) {}

  mention(image: string, text: string): void {
    if (this.told.get(image) === text) return;
    this.told.set(image, text);
    this.tell(`${image}: ${text}`);
  }

  /** It is over: should it come again, it is told again. */
  forget(image: string): void {
    this.told.delete(image);
  }
}
