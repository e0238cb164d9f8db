/**
 * What Node is told when it runs the server. A small young generation is collected often and at little cost, so
 * that an upload's buffers are freed while they are few: 100 MB over idle instead of 240 (docs/performance.md).
 */
export const SERVER_NODE_FLAGS = ["--max-semi-space-size=4"];
