/** Does work as often as somebody asks for it, never twice at once. Asked while it is at work, it goes on once more after. */
export class Loop {
  private asked = false;
  private running: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  ask(): void {
    this.asked = true;
    this.running ??= this.run();
  }

  get busy(): boolean {
    return this.running !== undefined;
  }

  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    while (this.asked) {
      this.asked = false;
      await this.work();
    }
    this.running = undefined;
  }
}
