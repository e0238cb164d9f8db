import { RegistryError } from "#lib/errors.ts";
import type { BlobWriter, StorageDriver } from "#lib/storage/contract.ts";
import { jsonPointer } from "#lib/wire/field-refusal.ts";
import { FilePaths, parseFilePath } from "#lib/wire/file-path.ts";
import { textProblem } from "#lib/wire/storable-text.ts";
import type { MultipartEvent } from "./multipart-event.ts";
import { multipartEvents } from "./multipart-events.ts";
import { parseBoundary, parseDisposition } from "./part-headers.ts";
import { countedBody, type UploadHeaders, type UploadLimits } from "./upload-body.ts";

/** All text fields together: a model card and metadata fit many times. */
const FIELDS_MAX_BYTES = 1024 * 1024;
/** The form field that carries files. */
const FILE_FIELD = "file";

export type ReceivedFile = {
  /** Checked by `parseFilePath`. */
  path: string;
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
  /** The writer is finished, not committed: the receiver commits or aborts it. */
  writer: BlobWriter;
};

export type ReceivedForm = { files: ReceivedFile[]; fields: Record<string, string> };

export type ReceiveMultipartInput = {
  headers: UploadHeaders;
  body: AsyncIterable<Uint8Array> | null;
  storage: StorageDriver;
  limits: UploadLimits;
  /** Names of the text fields that the form may have. */
  allowedFields: readonly string[];
};

/**
 * Receives a form whose `file` parts go straight into the store, hashed on the way. Fields may come before, between
 * or after files. When this throws, no trace is left; when it returns files, the caller commits or aborts them.
 * Throws `unsupported_media_type`, `invalid_multipart`, `invalid_request`, `invalid_path`, `length_mismatch`,
 * `too_large`, `insufficient_storage`, `storage_read_only`.
 */
export async function receiveMultipart(input: ReceiveMultipartInput): Promise<ReceivedForm> {
  const boundary = parseBoundary(input.headers["content-type"]);
  const { body, claim } = await countedBody(input);
  const form = new FormBuilder(input);
  try {
    for await (const event of multipartEvents(body, boundary)) await form.take(event);
    return form.result();
  } catch (error) {
    await form.abort();
    throw error;
  } finally {
    claim.release();
  }
}

/** Where a part's bytes go. */
type OpenPart =
  | { kind: "file"; path: string; writer: BlobWriter }
  | { kind: "field"; name: string; chunks: Uint8Array[] };

class FormBuilder {
  readonly #input: ReceiveMultipartInput;
  readonly #files: ReceivedFile[] = [];
  readonly #fields = new Map<string, string>();
  readonly #paths = new FilePaths();
  #part: OpenPart | null = null;
  #fileBytes = 0;
  #fieldBytes = 0;

  constructor(input: ReceiveMultipartInput) {
    this.#input = input;
  }

  async take(event: MultipartEvent): Promise<void> {
    if (event.type === "part") this.#part = await this.#openPart(event.headers);
    else if (event.type === "part-end") await this.#endPart();
    else if (this.#part?.kind === "file") await this.#writeFile(this.#part.writer, event.bytes);
    else if (this.#part) this.#keepField(this.#part.chunks, event.bytes);
  }

  result(): ReceivedForm {
    if (this.#files.length === 0)
      throw invalid(FILE_FIELD, "The form has no file", "is required: send at least one file");
    return { files: this.#files, fields: Object.fromEntries(this.#fields) };
  }

  /** Removes every trace; never throws. */
  async abort(): Promise<void> {
    const writers = this.#files.map((file) => file.writer);
    if (this.#part?.kind === "file") writers.push(this.#part.writer);
    await Promise.allSettled(writers.map((writer) => writer.abort()));
  }

  async #openPart(headers: ReadonlyMap<string, string>): Promise<OpenPart> {
    refuseTransferEncoding(headers.get("content-transfer-encoding"));
    const { name, filename } = parseDisposition(headers.get("content-disposition"));
    if (name === FILE_FIELD) return this.#openFile(filename);
    if (!this.#input.allowedFields.includes(name))
      throw invalid(name, "The form has an unknown field", "is not known here");
    if (filename !== null)
      throw invalid(name, "A field was sent as a file", "is a text field, not a file");
    if (this.#fields.has(name))
      throw invalid(name, "The form has a field twice", "was sent more than once");
    return { kind: "field", name, chunks: [] };
  }

  async #openFile(filename: string | null): Promise<OpenPart> {
    if (filename === null)
      throw invalid(FILE_FIELD, "The file part has no file name", "must have a file name");
    const { maxFilesPerVersion } = this.#input.limits;
    if (this.#files.length === maxFilesPerVersion)
      throw new RegistryError("too_large", `A version has at most ${maxFilesPerVersion} files.`);
    const path = parseFilePath(filename);
    this.#paths.add(path);
    return { kind: "file", path, writer: await this.#input.storage.createWriter() };
  }

  async #writeFile(writer: BlobWriter, bytes: Uint8Array): Promise<void> {
    this.#fileBytes += bytes.byteLength;
    const { maxUploadSizeBytes } = this.#input.limits;
    if (this.#fileBytes > maxUploadSizeBytes)
      throw new RegistryError("too_large", `The files are over ${maxUploadSizeBytes} bytes.`);
    await writer.write(bytes);
  }

  #keepField(chunks: Uint8Array[], bytes: Uint8Array): void {
    this.#fieldBytes += bytes.byteLength;
    if (this.#fieldBytes > FIELDS_MAX_BYTES)
      throw new RegistryError("too_large", "The form's fields are over 1 MiB.");
    chunks.push(new Uint8Array(bytes));
  }

  async #endPart(): Promise<void> {
    const part = this.#part;
    if (part?.kind === "file") {
      const { sha256, sizeBytes } = await part.writer.finish();
      this.#files.push({ path: part.path, sha256, sizeBytes, writer: part.writer });
    } else if (part) this.#fields.set(part.name, decodeField(part.name, part.chunks));
    this.#part = null;
  }
}

function decodeField(name: string, chunks: Uint8Array[]): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw invalid(name, "A field is not UTF-8", "is not UTF-8", error);
  }
  const problem = textProblem(text);
  if (problem !== null) throw invalid(name, "A field cannot be kept", problem);
  return text;
}

/** RFC 7578, section 4.7, deprecates encodings; bytes are bytes here. */
function refuseTransferEncoding(encoding: string | undefined): void {
  if (encoding === undefined || /^(binary|7bit|8bit)$/i.test(encoding.trim())) return;
  throw new RegistryError("invalid_multipart", "Send parts without Content-Transfer-Encoding.");
}

function invalid(name: string, title: string, detail: string, cause?: unknown): RegistryError {
  const pointer = jsonPointer([name]);
  const problems = [{ pointer, detail }];
  return new RegistryError("invalid_request", `${title}: ${pointer.slice(1)} ${detail}.`, {
    cause,
    problems,
  });
}
