/** The program (for python3) and the folder of its packages (PYTHONPATH), installed if they were not there. */
export function ensureSchemathesis(): Promise<{ program: string; folder: string }>;
