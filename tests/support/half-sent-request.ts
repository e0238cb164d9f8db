/** A request whose body is sent in two halves, as a client on a slow line does. */
import { request } from "node:http";
import type { Answer } from "./registry-client.ts";

/** Sends the first half; `finish` sends the rest and gives the answer. */
export async function sendHalf(
  url: string,
  form: FormData,
): Promise<{ finish: () => Promise<Answer> }> {
  const whole = new Request(url, { method: "POST", body: form });
  const bytes = Buffer.from(await whole.arrayBuffer());
  const sending = request(url, {
    method: "POST",
    headers: {
      "Content-Type": whole.headers.get("content-type") ?? "",
      "Content-Length": bytes.length,
    },
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    sending.on("error", reject);
    sending.on("response", async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: new Headers(response.headers as Record<string, string>),
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
    });
  });
  const half = Math.floor(bytes.length / 2);
  await new Promise<void>((resolve) => sending.write(bytes.subarray(0, half), () => resolve()));
  return {
    finish() {
      sending.end(bytes.subarray(half));
      return answer;
    },
  };
}
