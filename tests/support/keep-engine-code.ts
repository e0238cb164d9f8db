/**
 * Threads run TypeScript through a WebAssembly module of Node's, which the server has loaded itself, unlike a test. V8
 * may abort while the last thread frees it (nodejs/node#64500), so the test keeps it, too.
 */
import { stripTypeScriptTypes } from "node:module";

stripTypeScriptTypes("");
