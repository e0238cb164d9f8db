export const restoreCommand = (id: string) => `npm run restore -- ${id}`;
