/** The file changed or went away after it was chosen; browsers refuse to read it then. */
export class UnreadableFileError extends Error {
  override readonly name = "UnreadableFileError";
}

/** `work`, with the browser's refusal to read as an UnreadableFileError. */
export async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException && /^Not(Readable|Found)Error$/.test(error.name))
      throw new UnreadableFileError("The file cannot be read any more.", { cause: error });
    throw error;
  }
}
