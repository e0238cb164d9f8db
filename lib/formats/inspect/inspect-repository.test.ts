import { describe, expect, test } from "vitest";
import { fileOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { tinyModel } from "../../../tests/support/model-files.ts";
import type { SourceFile } from "../contract.ts";
import { inspectFiles } from "./inspect.ts";
import { readRepository } from "./inspect-repository.ts";

const json = (path: string, value: unknown) => fileOf(path, Buffer.from(JSON.stringify(value)));
const factsOf = (...files: SourceFile[]) => readRepository(files, "");

describe("a repository of Hugging Face's libraries", () => {
  test("says its tokenizer, its vocabulary and how it generates", async () => {
    const model = fileOf("m/model.safetensors", tinyModel());
    const { producer } = await inspectFiles([
      model,
      json("m/config.json", { model_type: "llama", architectures: ["LlamaForCausalLM"] }),
      json("m/tokenizer_config.json", {
        tokenizer_class: "PreTrainedTokenizerFast",
        model_max_length: 8192,
        chat_template: "{{ messages }}",
      }),
      json("m/tokenizer.json", {
        version: "1.0",
        added_tokens: [{ id: 3, content: "<s>" }],
        model: { type: "BPE", vocab: { a: 0, b: 1, '"': 2 }, merges: ["a b", ["a", "b"]] },
      }),
      json("m/generation_config.json", {
        do_sample: true,
        temperature: 0.6,
        eos_token_id: [1, 2],
        transformers_version: "4.40",
      }),
    ]);
    expect(producer).toMatchObject({
      model_type: "llama",
      architectures: "LlamaForCausalLM",
      tokenizer: "PreTrainedTokenizerFast",
      tokenizer_model: "BPE",
      tokenizer_vocabulary: "3",
      tokenizer_added_tokens: "1",
      tokenizer_max_length: "8192",
      chat_template: "yes",
      "generation.do_sample": "true",
      "generation.temperature": "0.6",
      "generation.eos_token_id": "1, 2",
    });
  });

  test("of a vocabulary with scores, and of SentencePiece's own file", async () => {
    const unigram = {
      model: {
        type: "Unigram",
        vocab: [
          ["a", -1],
          ["b", -2],
        ],
      },
    };
    expect(await factsOf(json("tokenizer.json", unigram))).toEqual({
      tokenizer_model: "Unigram",
      tokenizer_vocabulary: "2",
    });
    // pieces { "a" } twice, trainer_spec { model_type: BPE }.
    const pieces = Buffer.from("\x0a\x03\x0a\x01a\x0a\x03\x0a\x01b\x12\x02\x18\x02", "latin1");
    expect(await factsOf(fileOf("tokenizer.model", pieces))).toEqual({
      tokenizer_model: "SentencePiece BPE",
      tokenizer_vocabulary: "2",
    });
  });

  test("keeps a template in a file of its own, and a pipeline its tokenizer beside the weights", async () => {
    expect(await factsOf(fileOf("chat_template.jinja", Buffer.from("{{ x }}")))).toEqual({
      chat_template: "yes",
    });
    const config = json("tokenizer/tokenizer_config.json", { tokenizer_class: "CLIPTokenizer" });
    expect(await readRepository([config], "unet/")).toEqual({ tokenizer: "CLIPTokenizer" });
  });
});

describe("hostile files", () => {
  test.each<[string, unknown]>([
    ["tokenizer_config.json", []],
    ["tokenizer_config.json", { tokenizer_class: 5, model_max_length: 1e30, chat_template: "" }],
    ["tokenizer_config.json", { tokenizer_class: {}, model_max_length: -1 }],
    ["tokenizer.json", { model: { vocab: {} } }],
    ["tokenizer.json", { model: [], vocab: { a: 1 } }],
    ["tokenizer.json", "{"],
    ["generation_config.json", { temperature: "hot", top_p: null, top_k: {}, eos_token_id: [] }],
    ["generation_config.json", { eos_token_id: [1, "x"], __proto__: { temperature: 1 } }],
  ])("%s: %j says nothing", async (path, value) => {
    expect(await factsOf(json(path, value))).toEqual({});
  });

  test.each(["tokenizer.json", "tokenizer.model", "tokenizer_config.json"])(
    "%s that is no such file says nothing",
    async (path) => {
      for (const bytes of ["", "\0", "{", "\xff\xff\xff\xff", "[".repeat(100_000)])
        expect(await factsOf(fileOf(path, Buffer.from(bytes, "latin1")))).toEqual({});
    },
  );

  test("a text in them is shown without control characters, and cut", async () => {
    const evil = { tokenizer_class: `x\n\u202e${"y".repeat(10_000)}` };
    const { tokenizer } = await factsOf(json("tokenizer_config.json", evil));
    expect(tokenizer).toMatch(/^x\\u000a\\u202ey+…$/);
    expect(tokenizer?.length).toBeLessThan(250);
  });

  test("a vocabulary of 300,000 tokens costs no more than its bytes", async () => {
    const vocab = Object.fromEntries(
      Array.from({ length: 300_000 }, (_, at) => [`token ${at}`, at]),
    );
    expect(await factsOf(json("tokenizer.json", { model: { type: "BPE", vocab } }))).toEqual({
      tokenizer_model: "BPE",
      tokenizer_vocabulary: "300000",
    });
  });

  test("damage leads to facts", async () => {
    const file = Buffer.from(
      JSON.stringify({ added_tokens: [{}], model: { type: "BPE", vocab: { a: 0, b: 1 } } }),
    );
    await survivesDamage(file, (bytes) => factsOf(fileOf("tokenizer.json", bytes)));
    const pieces = Buffer.from("\x0a\x03\x0a\x01a\x0a\x03\x0a\x01b\x12\x02\x18\x02", "latin1");
    await survivesDamage(pieces, (bytes) => factsOf(fileOf("tokenizer.model", bytes)));
  });
});
