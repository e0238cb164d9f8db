/** A mail server on this machine that keeps what it takes. */

import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export type Mail = { from: string; to: string[]; text: string };

export class MailServer {
  readonly mails: Mail[] = [];
  /** The code of an answer to every mail, such as 451; null takes them. */
  refuseWith: number | null = null;
  readonly #server: SMTPServer;

  /** With a name and a password it takes mails of whoever signs in by them. */
  constructor(account?: { user: string; password: string }) {
    this.#server = new SMTPServer({
      authOptional: account === undefined,
      disabledCommands: account === undefined ? ["AUTH", "STARTTLS"] : ["STARTTLS"],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === account?.user && password === account?.password
          ? done(null, { user: username })
          : done(new Error("wrong")),
      onData: (stream, session, done) => {
        let text = "";
        stream.on("data", (chunk) => {
          text += chunk;
        });
        stream.on("end", () => {
          if (this.refuseWith !== null)
            return done(Object.assign(new Error("not now"), { responseCode: this.refuseWith }));
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? "" : mailFrom.address;
          this.mails.push({ from, to: rcptTo.map(({ address }) => address), text });
          done();
        });
      },
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", () => done()));
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((done) => this.#server.close(() => done()));
  }
}
