import { ApiError } from "#components/api/request.ts";
import type { Answer, Call } from "./send.ts";

/** Sends by XMLHttpRequest, which alone reports how much of a body has left. */
export function sendByXhr(call: Call): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  if (call.signal.aborted) return Promise.reject(call.signal.reason);
  const xhr = new XMLHttpRequest();
  const { idleTimeoutMs } = call;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    clearTimeout(idle);
    if (idleTimeoutMs !== undefined) idle = setTimeout(() => xhr.abort(), idleTimeoutMs);
  };
  const abort = () => xhr.abort();
  const fail = () =>
    reject(call.signal.aborted ? call.signal.reason : new ApiError({ status: 0, code: "network" }));
  if (call.onProgress)
    xhr.upload.onprogress = (event) => {
      watch();
      call.onProgress?.(event.loaded);
    };
  xhr.onload = () =>
    resolve({
      status: xhr.status,
      text: xhr.responseText,
      header: (name) => xhr.getResponseHeader(name),
    });
  xhr.onerror = fail;
  xhr.onabort = fail;
  xhr.onloadend = () => {
    clearTimeout(idle);
    call.signal.removeEventListener("abort", abort);
  };
  call.signal.addEventListener("abort", abort, { once: true });
  xhr.open(call.method, `/api/v1${call.path}`);
  xhr.setRequestHeader("Accept", "application/json");
  for (const [name, value] of Object.entries(call.headers ?? {})) xhr.setRequestHeader(name, value);
  watch();
  xhr.send(call.body);
  return promise;
}
