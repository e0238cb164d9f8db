import { join, resolve } from "node:path";

/**
 * Flags of the Node that runs the server (numbers: docs/performance.md).
 *
 * A small young generation is collected often and at little cost, so that an upload's buffers are freed while they are
 * few: 100 MB over idle instead of 240.
 *
 * The whole heap is collected when it has doubled. V8's own choice lies between 1.1 times and four times: uploads then
 * marked everything again and again for a few buffers, and 1,000 clients kept 250 MB of garbage.
 *
 * WebAssembly code is not freed: V8 may abort while it frees it with several threads (nodejs/node#64500), and ours is a
 * few kilobytes.
 */
export const SERVER_NODE_FLAGS = [
  "--max-semi-space-size=4",
  "--heap-growing-percent=100",
  "--no-wasm-code-gc",
];

/**
 * Settings of glibc's malloc. By itself it keeps freed memory for later requests: in as many arenas as there were
 * threads, and behind the last byte that is still used. After a busy time that was 100 MB (docs/performance.md).
 */
const MALLOC_SETTINGS = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

/** Node keeps here what it has compiled, which halves a start. Where the folder cannot be written, Node goes without. */
export const COMPILE_CACHE = join(resolve(import.meta.dirname, "..", ".."), ".cache", "compiled");

/** The server's environment. An operator's choice of another malloc, or of settings for this one, stays as it is. */
export function serverEnvironment(env = process.env) {
  const chosen = [...Object.keys(MALLOC_SETTINGS), "GLIBC_TUNABLES", "LD_PRELOAD"];
  const malloc = chosen.some((name) => name in env) ? {} : MALLOC_SETTINGS;
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env, ...malloc };
}
