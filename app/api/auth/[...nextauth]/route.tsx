// The name ends in .tsx: a build takes no other files for routes, since lib/http serves those (docs/adr/0015).

import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "../auth-options.ts";

type Context = { params: Promise<{ nextauth: string[] }> };

async function handler(request: NextRequest, context: Context): Promise<Response> {
  return NextAuth(request, context, await authOptions());
}

export { handler as GET, handler as POST };
