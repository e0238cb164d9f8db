/**
 * What the files beside weights say of them in a repository of the Hugging Face libraries: the tokenizer (tokenizer_config.json,
 * tokenizer.json, a SentencePiece model) and how a language model is asked for text (generation_config.json).
 */
import { isRegistryError } from "#lib/errors.ts";
import { scanJson } from "../bytes/json-scanner.ts";
import { ProtoWalker } from "../bytes/protobuf.ts";
import { type Json, JsonProblem } from "../bytes/strict-json.ts";
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { SourceFile } from "../contract.ts";
import { readSideFile } from "./inspect-side-files.ts";

/** The largest tokenizers, of 260,000 tokens with their merges, take some 35 MB. */
const MAX_TOKENIZER_BYTES = 256 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_FACT_CHARS = 200;
/** What people look for before they ask a model for text. */
const GENERATION = [
  "do_sample",
  "temperature",
  "top_p",
  "top_k",
  "max_length",
  "max_new_tokens",
  "repetition_penalty",
  "bos_token_id",
  "eos_token_id",
  "pad_token_id",
] as const;

type Facts = Record<string, string>;

/** `folder` is that of the weights, with its final slash. Never throws for content: what cannot be read says nothing. */
export async function readRepository(files: readonly SourceFile[], folder: string): Promise<Facts> {
  // A diffusion pipeline keeps its tokenizer in a folder beside the weights'.
  const places = [folder, `${folder.replace(/[^/]+\/$/, "")}tokenizer/`];
  const find = (name: string) =>
    places
      .map((place) => files.find(({ path }) => path === place + name))
      .find((file) => file !== undefined);
  return {
    ...(await tokenizerConfig(await readSideFile(find("tokenizer_config.json")))),
    ...(find("chat_template.jinja") && { chat_template: "yes" }),
    ...((await fastTokenizer(find("tokenizer.json"))) ??
      (await sentencePieces(find("tokenizer.model") ?? find("spiece.model")))),
    ...generationConfig(
      await readSideFile(files.find(({ path }) => path === `${folder}generation_config.json`)),
    ),
  };
}

function tokenizerConfig(json: Json): Facts {
  if (!(json instanceof Map)) return {};
  const facts: Facts = {};
  const name = json.get("tokenizer_class");
  if (typeof name === "string" && name !== "") facts.tokenizer = plainText(name, MAX_FACT_CHARS);
  const length = json.get("model_max_length");
  // Where there is no limit, the libraries write 1e30.
  if (typeof length === "number" && Number.isSafeInteger(length) && length > 0)
    facts.tokenizer_max_length = String(length);
  const template = json.get("chat_template");
  if ((typeof template === "string" && template !== "") || Array.isArray(template))
    facts.chat_template = "yes";
  return facts;
}

/** Null where there is no such file, or it cannot be read. */
async function fastTokenizer(file: SourceFile | undefined): Promise<Facts | null> {
  if (!file || file.source.sizeBytes > MAX_TOKENIZER_BYTES) return null;
  let type = "";
  let tokens = 0;
  let added = 0;
  try {
    await scanJson(file.source, { depth: 3, maxDepth: MAX_DEPTH }, ({ path, kind, value }) => {
      const [first, second] = path;
      if (path.length === 2 && first === "model" && second === "type" && kind === "text")
        type = value;
      else if (path.length === 3 && first === "model" && second === "vocab") tokens += 1;
      else if (path.length === 2 && first === "added_tokens") added += 1;
    });
  } catch (error) {
    if (error instanceof JsonProblem) return null;
    throw error;
  }
  if (tokens === 0) return null;
  return {
    ...(type !== "" && { tokenizer_model: plainText(type, MAX_FACT_CHARS) }),
    tokenizer_vocabulary: String(tokens),
    ...(added > 0 && { tokenizer_added_tokens: String(added) }),
  };
}

/** ModelProto of sentencepiece_model.proto: 1 pieces, 2 trainer_spec { 3 model_type }. */
async function sentencePieces(file: SourceFile | undefined): Promise<Facts> {
  if (!file || file.source.sizeBytes > MAX_TOKENIZER_BYTES) return {};
  const walker = new ProtoWalker(new WindowReader(file, "SentencePiece model"));
  let pieces = 0;
  let type = "";
  try {
    await walker.walk(0, file.source.sizeBytes, async (field) => {
      if (field.number === 1) pieces += 1;
      if (field.number !== 2) return;
      await walker.message(field, async (part) => {
        if (part.number === 3)
          type = ["", "Unigram", "BPE", "Word", "Char"][await walker.smallInt(part)] ?? "";
      });
    });
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return {};
    throw error;
  }
  if (pieces === 0) return {};
  return {
    tokenizer_model: type === "" ? "SentencePiece" : `SentencePiece ${type}`,
    tokenizer_vocabulary: String(pieces),
  };
}

function generationConfig(json: Json): Facts {
  if (!(json instanceof Map)) return {};
  return Object.fromEntries(
    GENERATION.flatMap((name) => {
      const value = json.get(name);
      const values = Array.isArray(value) ? value : [value];
      const isPlain = values.every((one) => typeof one === "number" || typeof one === "boolean");
      return isPlain && values.length > 0
        ? [[`generation.${name}`, plainText(values.join(", "), MAX_FACT_CHARS)]]
        : [];
    }),
  );
}
