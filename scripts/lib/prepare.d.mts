/** Files and folders that the build reads. */
export const BUILD_INPUTS: readonly string[];
