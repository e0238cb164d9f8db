/** The path of a pg_dump of the server's major version, installed if it was not there. */
export function ensurePgDump(): Promise<string>;
