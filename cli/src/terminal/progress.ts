/** A bar on stderr, for people only: where stderr is no terminal nothing is drawn. */
import type { Language } from "../messages/translate.ts";
import type { Streams } from "./output.ts";
import { printable } from "./printable.ts";
import { bytesText, secondsText } from "./values.ts";

const DRAW_EVERY_MS = 100;
const BAR_WIDTH = 24;

export class Progress {
  readonly #stream: Streams["stderr"];
  readonly #isShown: boolean;
  readonly #language: Language;
  readonly #label: string;
  readonly #totalBytes: number;
  readonly #begun = Date.now();
  #doneBytes = 0;
  /** Bytes that were there before: they count for the bar, not for the speed. */
  #skippedBytes = 0;
  #drawnAt = 0;

  constructor(
    stream: Streams["stderr"],
    options: { label: string; totalBytes: number; isQuiet: boolean; language: Language },
  ) {
    this.#stream = stream;
    this.#isShown = Boolean(stream.isTTY) && !options.isQuiet;
    this.#language = options.language;
    this.#label = printable(options.label);
    this.#totalBytes = options.totalBytes;
  }

  /** May be negative, when a part has to be sent again. */
  add(bytes: number): void {
    this.#doneBytes += bytes;
    this.#draw();
  }

  skip(bytes: number): void {
    this.#skippedBytes += bytes;
    this.add(bytes);
  }

  /** Removes the bar, so that what is said next has the line. */
  clear(): void {
    if (this.#isShown && this.#drawnAt > 0) this.#stream.write("\r\u001b[K");
    this.#drawnAt = 0;
  }

  #draw(): void {
    const now = Date.now();
    if (!this.#isShown || now - this.#drawnAt < DRAW_EVERY_MS) return;
    this.#drawnAt = now;
    const columns = this.#stream.columns ?? 80;
    this.#stream.write(`\r${this.#line(now).slice(0, columns - 1)}\u001b[K`);
  }

  #line(now: number): string {
    const ratio = this.#totalBytes === 0 ? 1 : Math.min(1, this.#doneBytes / this.#totalBytes);
    const filled = Math.round(ratio * BAR_WIDTH);
    const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
    const seconds = (now - this.#begun) / 1000;
    const speed = seconds > 0 ? (this.#doneBytes - this.#skippedBytes) / seconds : 0;
    const left = speed > 0 ? secondsText((this.#totalBytes - this.#doneBytes) / speed) : "";
    const percent = `${String(Math.floor(ratio * 100)).padStart(3)}%`;
    const size = bytesText(this.#totalBytes, this.#language);
    return `[${bar}] ${percent} ${size}  ${bytesText(speed, this.#language)}/s  ${left}  ${this.#label}`;
  }
}
