/**
 * zod tries `new Function` once, to see whether it may compile schemas; the policy of a page forbids that, and says so in the
 * console. In the browser schemas are small, so nothing is lost. Not on the server, where compiled ones are several times as fast.
 * Next runs this file before any module of a page, which may make schemas as soon as its chunk is there.
 */
import { config } from "zod";

config({ jitless: true });
