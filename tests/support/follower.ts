/** Follows a server's events as its pages do: after each connection, and when events were missed, it looks for itself. */
import { setTimeout as sleep } from "node:timers/promises";

const MISSED = "events.missed";
const RECONNECT_MS = 500;
/** The server says something every few seconds; one that does not is gone. */
const SILENCE_MS = 40_000;

export type Follower = {
  /** Models that it has heard of or seen. */
  readonly known: ReadonlySet<string>;
  end(): void;
};

export function followModels(baseUrl: string): Follower {
  const known = new Set<string>();
  const end = new AbortController();
  void follow(baseUrl, known, end.signal);
  return { known, end: () => end.abort() };
}

async function follow(baseUrl: string, known: Set<string>, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await listen(baseUrl, known, end).catch(() => undefined);
    await sleep(RECONNECT_MS);
  }
}

async function listen(baseUrl: string, known: Set<string>, end: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(`${baseUrl}/api/v1/events`, {
      signal: AbortSignal.any([end, silence.signal]),
    });
    if (!response.ok || response.body === null) return;
    await look(baseUrl, known);
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      timer.refresh();
      text += chunk;
      const messages = text.split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const data = /^data: ?(.*)$/m.exec(message)?.[1];
        const { action, model } = data ? JSON.parse(data) : { action: null, model: null };
        if (action === MISSED) await look(baseUrl, known);
        if (typeof model === "string") known.add(model);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function look(baseUrl: string, known: Set<string>): Promise<void> {
  for (let cursor = ""; ; ) {
    const response = await fetch(`${baseUrl}/api/v1/models?limit=200&sort=name${cursor}`);
    const { items, next_cursor } = await response.json();
    for (const { name } of items) known.add(name);
    if (next_cursor === null || next_cursor === undefined) return;
    cursor = `&cursor=${encodeURIComponent(next_cursor)}`;
  }
}
