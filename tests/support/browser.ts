/** As much of a browser as signing in takes: cookies, redirects when asked, and the headers that browsers add. */
export class Browser {
  readonly baseUrl: string;
  readonly cookies = new Map<string, string>();

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  /** Redirects are not followed. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.baseUrl);
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0)
      headers.set("Cookie", [...this.cookies].map((pair) => pair.join("=")).join("; "));
    if (init.method && init.method !== "GET" && !headers.has("Origin"))
      headers.set("Origin", url.origin);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const at = pair.indexOf("=");
      const isOver = /max-age=0|expires=thu, 01 jan 1970/i.test(cookie) || pair.length === at + 1;
      if (isOver) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  page(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(path, { headers: { Accept: "text/html", ...headers } });
  }

  async csrfToken(): Promise<string> {
    return ((await (await this.send("/api/auth/csrf")).json()) as { csrfToken: string }).csrfToken;
  }

  /** What next-auth's own client sends. */
  async signIn(
    username: string,
    password: string,
    callbackUrl = "/",
  ): Promise<{ status: number; url: string }> {
    const response = await this.send("/api/auth/callback/password", {
      method: "POST",
      body: new URLSearchParams({
        username,
        password,
        callbackUrl,
        csrfToken: await this.csrfToken(),
        json: "true",
      }),
    });
    const { url } = (await response.json()) as { url: string };
    return { status: response.status, url };
  }

  async signOut(): Promise<number> {
    const body = new URLSearchParams({ csrfToken: await this.csrfToken(), json: "true" });
    return (await this.send("/api/auth/signout", { method: "POST", body })).status;
  }

  get sessionToken(): string | undefined {
    return this.cookies.get("model-registry.session");
  }
}
