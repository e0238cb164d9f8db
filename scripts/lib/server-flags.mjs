/**
 * What Node is told when it runs the server.
 *
 * A small young generation is collected often and at little cost, so that an upload's buffers are freed while they are
 * few: 100 MB over idle instead of 240 (docs/performance.md).
 *
 * WebAssembly code is not freed: V8 may abort while it frees it with several threads (nodejs/node#64500), and ours is a
 * few kilobytes.
 */
export const SERVER_NODE_FLAGS = ["--max-semi-space-size=4", "--no-wasm-code-gc"];
