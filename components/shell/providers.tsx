"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { ToastProvider } from "#components/ui/toast.tsx";

/** The contexts that client components everywhere rely on. */
export function Providers(props: { children: ReactNode; nonce: string | undefined }) {
  // A refresh brings the nonce of another answer, but the document keeps the policy that it was loaded with.
  const [nonce] = useState(props.nonce);
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 5_000 } } }),
  );
  return (
    <ThemeProvider
      attribute="class"
      defaultTheme="system"
      enableSystem
      disableTransitionOnChange
      {...(nonce ? { nonce } : {})}
    >
      <CSPProvider nonce={nonce}>
        <NuqsAdapter>
          <QueryClientProvider client={client}>
            <Tooltip.Provider>
              <ToastProvider>{props.children}</ToastProvider>
            </Tooltip.Provider>
          </QueryClientProvider>
        </NuqsAdapter>
      </CSPProvider>
    </ThemeProvider>
  );
}
