import { createHash, type Hash } from "node:crypto";
import { RegistryError } from "#lib/errors.ts";

/** RFC 9530's algorithms that are safe against forgers; others are ignored, as the RFC asks. */
const ALGORITHMS: Readonly<Record<string, { name: string; bytes: number }>> = {
  "sha-256": { name: "sha256", bytes: 32 },
  "sha-512": { name: "sha512", bytes: 64 },
};
/** RFC 8941: a member of a dictionary whose value is a byte sequence, with or without parameters. */
const MEMBER = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):(;[\x20-\x7e]*)?$/;
/** Both algorithms and a few unknown ones fit many times. */
const HEADER_MAX_LENGTH = 1024;

/** Compares the bytes of a body with what its `Content-Digest` header says. */
export class ContentDigest {
  readonly #expected: { algorithm: string; hash: Hash; digest: Buffer }[];

  /** With a `header` of null nothing is compared. Throws `invalid_request`. */
  constructor(header: string | null) {
    const digests = header === null ? new Map<string, Buffer>() : parse(header);
    this.#expected = [...digests].map(([algorithm, digest]) => ({
      algorithm,
      hash: createHash(ALGORITHMS[algorithm]?.name ?? algorithm),
      digest,
    }));
  }

  update(chunk: Uint8Array): void {
    for (const { hash } of this.#expected) hash.update(chunk);
  }

  /** To be called at the end of the bytes. Throws `digest_mismatch`. */
  verify(): void {
    for (const { algorithm, hash, digest } of this.#expected) {
      if (hash.digest().equals(digest)) continue;
      throw new RegistryError(
        "digest_mismatch",
        `The bytes do not have the ${algorithm} that Content-Digest announced. Send them again.`,
      );
    }
  }
}

function parse(header: string): Map<string, Buffer> {
  if (header.length > HEADER_MAX_LENGTH) throw malformed();
  const digests = new Map<string, Buffer>();
  for (const member of header.split(",")) {
    const match = MEMBER.exec(member.trim());
    if (match === null) throw malformed();
    const [, algorithm = "", base64 = ""] = match;
    const known = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
    if (known === undefined) continue;
    const digest = Buffer.from(base64, "base64");
    if (digest.length !== known.bytes) throw malformed();
    digests.set(algorithm, digest);
  }
  return digests;
}

function malformed(): RegistryError {
  return new RegistryError(
    "invalid_request",
    "Content-Digest is not in the form of RFC 9530, such as sha-256=:<base64>:.",
  );
}
