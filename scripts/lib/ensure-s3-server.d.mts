/** The S3 server's program, installed if it was not there. */
export function ensureS3Server(): Promise<string>;
