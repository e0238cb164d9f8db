/** The path of the Node to run the server with. Throws a Refusal that says why neither can be used. */
export function chooseNode(
  own?: { path: string; version: string },
  packaged?: string,
): Promise<string>;
