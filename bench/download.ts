/** 1 GiB, warm: the product against nginx with sendfile serving the same bytes. */
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileUrl, registerArguments, startProduct } from "./support/product.ts";
import { curl, isInstalled, startProgram } from "./support/programs.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 1024 ** 3;
const ROUNDS = roundsOr(9);

export async function benchDownload(folder: string): Promise<Row[]> {
  if (!(await isInstalled("nginx")))
    throw new Error("nginx is the baseline of this benchmark: apt-get install nginx-light");
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  const product = await startProduct(folder);
  const nginx = await startNginx(folder);
  try {
    const registered = await curl(registerArguments(product, "bench", path));
    if (registered.status !== 201) throw new Error(`registration answered ${registered.status}`);
    const urls = {
      product: fileUrl(product, "bench", "model.safetensors"),
      nginx: `http://127.0.0.1:${nginx.port}/model.safetensors`,
    };
    const seconds = { product: [] as number[], nginx: [] as number[] };
    // Round 0 warms the caches; then they take turns, so that a slow minute hits both.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const side of ["nginx", "product"] as const) {
        const result = await curl([urls[side]]);
        if (result.status !== 200) throw new Error(`${side} answered ${result.status}`);
        if (round > 0) seconds[side].push(result.seconds);
      }
    }
    const [ours, theirs] = [median(seconds.product), median(seconds.nginx)];
    return [
      {
        work: "download 1 GiB, warm",
        measured: gigabytesPerSecond(SIZE_BYTES, ours),
        baseline: `${gigabytesPerSecond(SIZE_BYTES, theirs)} nginx sendfile`,
        ratio: (theirs / ours).toFixed(2),
        budget: ">= 1.0",
        isKept: theirs / ours >= 1,
      },
    ];
  } finally {
    await Promise.all([product.stop(), nginx.stop()]);
  }
}

async function startNginx(root: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const folder = join(root, "nginx");
  await mkdir(folder);
  const configuration = `
    daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr notice;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    events {}
    http {
      access_log off; sendfile on; sendfile_max_chunk 2m; tcp_nopush on;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`;
  const path = join(folder, "nginx.conf");
  await writeFile(path, configuration);
  const running = await startProgram("nginx", ["-e", "stderr", "-c", path], {
    ready: /start worker process/,
  });
  return { port, stop: running.stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
