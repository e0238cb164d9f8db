/** Something that the person who runs the command has to know, and no fault of the program. */
export class CommandError extends Error {}
