"use client";

import { useEffect, useState } from "react";
import en from "#messages/en.json";
import pt from "#messages/pt-BR.json";

/** The last resort: the root layout itself failed, so that its styles and its language are missing. */
export default function GlobalError(props: { error: Error & { digest?: string } }) {
  const [messages, setMessages] = useState(en);
  useEffect(() => {
    if (navigator.language.toLowerCase().startsWith("pt")) setMessages(pt);
  }, []);
  return (
    <html lang={messages === pt ? "pt-BR" : "en"}>
      <body style={{ fontFamily: "system-ui, sans-serif", margin: "4rem auto", maxWidth: "36rem" }}>
        <title>{messages.errors.pageTitle}</title>
        <h1>{messages.errors.pageTitle}</h1>
        <p>{messages.errors.pageText}</p>
        <button type="button" onClick={() => window.location.reload()}>
          {messages.common.retry}
        </button>
        {props.error.digest && (
          <p>{messages.errors.reference.replace("{digest}", props.error.digest)}</p>
        )}
      </body>
    </html>
  );
}
