/** A receiver of webhooks on this machine: it keeps what it is sent, and answers as it is told. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export type Received = {
  id: string;
  at: number;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of many shapes and assert each value
  message: any;
  headers: Record<string, string>;
};
/** A status, one with where it leads to, 200 with a body that comes for ever in drops, or null for no answer at all. */
export type Reaction = number | { status: number; location: string } | "drops" | null;

export class Receiver {
  readonly received: Received[] = [];
  react: (received: Received) => Reaction | Promise<Reaction> = () => 204;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  async open(): Promise<void> {
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const id = headers["webhook-id"] ?? "";
      const received = { id, at: Date.now(), body, message: JSON.parse(body), headers };
      this.received.push(received);
      const reaction = await this.react(received);
      if (reaction === null) return;
      if (reaction === "drops") {
        response.writeHead(200, { "Content-Length": 100_000 });
        const drops = setInterval(() => response.write("x"), 100);
        response.on("close", () => clearInterval(drops));
        return;
      }
      if (typeof reaction === "number") response.writeHead(reaction).end("said");
      else response.writeHead(reaction.status, { Location: reaction.location }).end();
    });
    await new Promise<void>((done) => server.listen(this.#port, "127.0.0.1", done));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** The port stays reserved for `open`, as far as nobody else takes it. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((done) => (server ? server.close(() => done()) : done()));
  }

  /** The message of that place, which must have come. */
  at(place: number): Received {
    const received = this.received[place];
    if (received === undefined) throw new Error(`only ${this.received.length} messages came`);
    return received;
  }

  /** What arrived, without what arrived twice, as `<type> <version or alias>`. */
  typesOf(model?: string): string[] {
    const seen = new Set<string>();
    return this.received.flatMap(({ id, message }) => {
      if (seen.has(id) || (model !== undefined && message.data.model !== model)) return [];
      seen.add(id);
      return [message.type as string];
    });
  }

  /** Throws unless the signature is right, by the library of the people who made the scheme. */
  static verify({ body, headers }: Received, secret: string): unknown {
    return new Webhook(secret).verify(body, headers);
  }
}
