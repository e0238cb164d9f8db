/**
 * What a finding means to people: what it could do and how to get rid of it. Findings of one kind have the same words,
 * whatever rule made them. Pages, the command line and the API take them from here.
 */
import en from "./finding-words/en.json" with { type: "json" };
import ptBr from "./finding-words/pt-BR.json" with { type: "json" };

export type FindingKind = keyof typeof en;
export type FindingWords = { title: string; risk: string; remedy: string };

/** Adding a language is adding a file, and its line here. */
const TEXTS: Readonly<Record<string, Record<FindingKind, FindingWords>>> = { en, "pt-BR": ptBr };

/** Codes that are not here are notes (an empty file, an index of shards): nothing has to be done about them. */
const CODES: Readonly<Record<FindingKind, readonly string[]>> = {
  runs_code: ["pickle_executor", "pickle_computed_name", "arrow_pickled_type"],
  unknown_import: [
    "pickle_global",
    "pickle_binding",
    "pickle_computed_call",
    "pickle_patches_global",
    "pickle_extension",
  ],
  hidden_part: [
    "pickle_trailing_bytes",
    "zip_appended",
    "zip_hidden_member",
    "tar_appended",
    "unexplained_bytes",
    "embedded_too_many",
  ],
  outside_bytes: ["pickle_external_buffer"],
  unreadable: [
    "unreadable",
    "pickle_unreadable",
    "zip_unreadable",
    "zip_member_unreadable",
    "tar_unreadable",
    "protobuf_unreadable",
    "keras_config",
    "hdf5_too_large",
  ],
  too_costly: ["bomb", "nested_archive", "time_exceeded", "memory_exceeded"],
  unsafe_archive: ["archive_path"],
  packed: ["packed"],
  native_code: ["native_code"],
  pickled_values: ["numpy_objects"],
  keras_code: [
    "keras_lambda",
    "keras_object",
    "keras_custom_object",
    "keras_member",
    "keras_hidden_text",
  ],
  reaches_files: ["keras_file", "hdf5_other_file", "onnx_external_path", "tensorflow_asset_path"],
  graph_operator: [
    "tensorflow_operator",
    "tensorflow_unknown_operator",
    "onnx_custom_operator",
    "onnx_operator",
  ],
  chat_template: ["chat_template", "gguf_chat_template"],
  calls_by_configuration: ["harmful_target", "yaml_python_tag", "unsafe_deserialization"],
  repository_code: ["remote_code", "python_code", "script_code"],
  active_document: ["markup_script", "external_entity", "document_active"],
  unknown_content: ["unknown_content"],
};

const KIND_OF: ReadonlyMap<string, FindingKind> = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) =>
    codes.map((code) => [code, kind as FindingKind] as const),
  ),
);

/** The kind of the rule with this code; null for a note, and for a code of a later version. */
export function findingKind(code: string): FindingKind | null {
  return KIND_OF.get(code) ?? null;
}

/** In `language` (`en`, `pt-BR`), else in English; null where there is nothing to say. */
export function findingWords(code: string, language: string): FindingWords | null {
  const kind = findingKind(code);
  return kind === null ? null : (TEXTS[language] ?? en)[kind];
}
