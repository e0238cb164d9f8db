/**
 * Files in the format of age (https://age-encryption.org/v1), which its own program reads as well. The package makes the
 * headers; the payload is en- and decrypted by Node's own ChaCha20-Poly1305, which is many times as fast as the package's.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { RegistryError } from "#lib/errors.ts";
import { ByteQueue } from "./byte-queue.ts";

const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 16;
const CIPHER = "chacha20-poly1305";
/** A header with one recipient has about 200 bytes; one without an end must not fill the memory. */
const LONGEST_HEADER_BYTES = 64 * 1024;
const HEADER_END = Buffer.from("\n--- ");

type Bytes = AsyncIterable<Uint8Array>;

/** The key of a target, and the same sealed with the passphrase. */
export async function createIdentity(
  passphrase: string,
): Promise<{ identity: string; sealed: Uint8Array }> {
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return { identity, sealed: await encrypter.encrypt(identity) };
}

/** Throws `invalid_request` for another passphrase than that with which the target was made. */
export async function openIdentity(sealed: Uint8Array, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(sealed, "text");
  } catch (cause) {
    throw new RegistryError(
      "invalid_request",
      "backup.passphrase is not the one with which the backups in this place were made.",
      { cause },
    );
  }
}

export class AgeCodec {
  readonly #identity: string;
  #recipient: Promise<string> | null = null;

  constructor(identity: string) {
    this.#identity = identity;
  }

  async *encrypt(plain: Bytes): AsyncGenerator<Uint8Array> {
    const { header, fileKey } = await this.#newHeader();
    const nonce = randomBytes(NONCE_BYTES);
    yield Buffer.concat([header, nonce]);
    const cipher = new ChunkCipher(fileKey, nonce);
    const queue = new ByteQueue();
    for await (const bytes of plain) {
      queue.add(bytes);
      // The last chunk is marked, so one is kept back.
      while (queue.length > CHUNK_BYTES) yield cipher.seal(queue.take(CHUNK_BYTES), false);
    }
    yield cipher.seal(queue.take(queue.length), true);
  }

  /** Throws `storage_corrupt` for bytes that are damaged, cut off, or encrypted for another key. */
  async *decrypt(sealed: Bytes): AsyncGenerator<Uint8Array> {
    const queue = new ByteQueue();
    let cipher: ChunkCipher | null = null;
    let chunks = 0;
    for await (const bytes of sealed) {
      queue.add(bytes);
      cipher ??= await this.#readHeader(queue);
      while (cipher && queue.length > CHUNK_BYTES + TAG_BYTES) {
        yield cipher.open(queue.take(CHUNK_BYTES + TAG_BYTES), false);
        chunks += 1;
      }
    }
    if (cipher === null) throw damaged();
    const last = cipher.open(queue.take(queue.length), true);
    if (last.length === 0 && chunks > 0) throw damaged();
    yield last;
  }

  /** The package tells nobody a file's key, so it is asked for it as a reader of the file. */
  async #newHeader(): Promise<{ header: Uint8Array; fileKey: Uint8Array }> {
    this.#recipient ??= identityToRecipient(this.#identity);
    const encrypter = new Encrypter();
    encrypter.addRecipient(await this.#recipient);
    const empty = await encrypter.encrypt(new Uint8Array());
    const header = empty.slice(0, empty.length - NONCE_BYTES - TAG_BYTES);
    return { header, fileKey: await this.#readKey(header) };
  }

  #readKey(header: Uint8Array): Promise<Uint8Array> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(this.#identity);
    return decrypter.decryptHeader(header);
  }

  /** null until the header and the nonce are there; takes them out of the queue. */
  async #readHeader(queue: ByteQueue): Promise<ChunkCipher | null> {
    const seen = queue.peek(LONGEST_HEADER_BYTES);
    const mac = seen.indexOf(HEADER_END);
    const end = mac < 0 ? -1 : seen.indexOf(0x0a, mac + HEADER_END.length);
    if (end < 0 && seen.length >= LONGEST_HEADER_BYTES) throw damaged();
    if (end < 0 || queue.length < end + 1 + NONCE_BYTES) return null;
    const header = queue.take(end + 1);
    const nonce = queue.take(NONCE_BYTES);
    try {
      return new ChunkCipher(await this.#readKey(header), nonce);
    } catch (cause) {
      throw damaged(cause);
    }
  }
}

/** The payload: chunks of 64 KiB, each with the number of its place and a mark on the last one. */
class ChunkCipher {
  readonly #key: Uint8Array;
  #number = 0;

  constructor(fileKey: Uint8Array, nonce: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));
  }

  seal(plain: Uint8Array, isLast: boolean): Uint8Array {
    const cipher = createCipheriv(CIPHER, this.#key, this.#nonce(isLast), {
      authTagLength: TAG_BYTES,
    });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed: Uint8Array, isLast: boolean): Uint8Array {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) throw damaged();
    const decipher = createDecipheriv(CIPHER, this.#key, this.#nonce(isLast), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(end));
    try {
      const plain = decipher.update(sealed.subarray(0, end));
      decipher.final();
      return plain;
    } catch (cause) {
      throw damaged(cause);
    }
  }

  #nonce(isLast: boolean): Uint8Array {
    const nonce = Buffer.alloc(12);
    nonce.writeUIntBE(this.#number, 5, 6);
    nonce[11] = isLast ? 1 : 0;
    this.#number += 1;
    return nonce;
  }
}

function damaged(cause?: unknown): RegistryError {
  return new RegistryError(
    "storage_corrupt",
    "An encrypted file is damaged, cut off, or encrypted for another key.",
    { cause },
  );
}
