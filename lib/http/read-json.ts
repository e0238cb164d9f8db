import { RegistryError } from "#lib/errors.ts";
import { parseJson } from "#lib/wire/parse-json.ts";
import type { ApiRequest } from "./api-request.ts";
import { requestBody } from "./raw-body.ts";

/** 10,000 files of a registration with long paths fit; nothing else comes near. */
export const JSON_BODY_MAX_BYTES = 16 * 1024 * 1024;

/** Throws `unsupported_media_type`, `too_large`, `invalid_json`. */
export async function readJson(request: ApiRequest, valuesMax?: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new RegistryError(
      "unsupported_media_type",
      "Send JSON with Content-Type: application/json.",
    );
  }
  const text = await readText(request);
  try {
    return parseJson(text, [], valuesMax);
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    throw new RegistryError("invalid_json", "The body is not valid JSON.", { cause });
  }
}

async function readText(request: ApiRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of wholeBody(request)) {
    size += chunk.byteLength;
    if (size > JSON_BODY_MAX_BYTES) {
      throw new RegistryError(
        "too_large",
        `A JSON body may have ${JSON_BODY_MAX_BYTES} bytes at most.`,
      );
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new RegistryError("invalid_json", "The body is not valid UTF-8.", { cause });
  }
}

/** A client that goes away, or sends broken chunks, is no failure of the server's. */
async function* wholeBody(request: ApiRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* requestBody(request) ?? [];
  } catch (cause) {
    throw new RegistryError("length_mismatch", "The body is cut short. Send it again.", { cause });
  }
}
