/** Whether this machine has a network at all; a server that is away is another matter. */
export interface Connection {
  isOnline(): boolean;
  /** Calls back whenever the network comes back; returns the function that ends that. */
  onOnline(callback: () => void): () => void;
}

export const browserConnection: Connection = {
  isOnline: () => navigator.onLine,
  onOnline: (callback) => {
    window.addEventListener("online", callback);
    return () => window.removeEventListener("online", callback);
  },
};
