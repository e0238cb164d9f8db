/** Questions to a person; where nobody can answer, the caller asks none. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await answerTo(lines, question);
  } finally {
    lines.close();
  }
}

/** What is typed is not shown. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await answerTo(lines, "");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

/** Ctrl-C and the end of the input answer with nothing, which agrees to nothing. */
function answerTo(lines: ReturnType<typeof createInterface>, question: string): Promise<string> {
  return new Promise((resolve) => {
    lines.once("close", () => resolve(""));
    lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    lines.question(question, resolve);
  });
}
