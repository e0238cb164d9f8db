/** Metrics that are looked at when somebody asks: what others count, or hold at this moment. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Traffic } from "./traffic.ts";

export type Watched = {
  traffic: () => Traffic;
  /** Connections to the database: open, in use, and callers that wait for one. */
  pool: () => { size: number; used: number; waiting: number; limit: number };
};

export function observeWatched(registry: Registry, { traffic, pool }: Watched): void {
  const registers = [registry];
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  counter(
    "model_registry_received_bytes_total",
    "Bytes from clients, as they came over the network.",
    () => traffic().bytesIn,
  );
  counter(
    "model_registry_sent_bytes_total",
    "Bytes to clients, as they went over the network.",
    () => traffic().bytesOut,
  );
  gauge("model_registry_connections", "Open connections of clients.", () => traffic().connections);
  gauge(
    "model_registry_database_connections",
    "Open connections to the database.",
    () => pool().size,
  );
  gauge(
    "model_registry_database_connections_used",
    "Connections to the database that are in use.",
    () => pool().used,
  );
  gauge(
    "model_registry_database_connections_limit",
    "Connections to the database that there may be.",
    () => pool().limit,
  );
  gauge(
    "model_registry_database_waiting",
    "Callers that wait for a connection to the database.",
    () => pool().waiting,
  );
}
