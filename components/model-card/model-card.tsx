import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import type { ReactNode } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import type { CardTree } from "#lib/cards/schema.ts";
import { ID_PREFIX } from "#lib/cards/schema.ts";
import "./model-card.css";

type ModelCardProps = {
  /** Sanitised by lib/cards. Without a tree the text is shown as it is. */
  card: CardTree;
  text: string;
  /** `Image: {alt}`: pictures are not loaded from elsewhere, a link says where they are. */
  imageLabel: (alt: string) => string;
  /** Shown below a card that is too long for a page. */
  cutNote: ReactNode;
  /** Shown above a card that could not be parsed within the limits. */
  plainNote: ReactNode;
  /** Where `./config.json` in the card leads; without it relative links are plain text. */
  fileHref?: (path: string) => string | null;
};

/** How much of a card without a tree a page shows. */
const PLAIN_MAX_CHARACTERS = 100_000;

/** Markdown (GitHub's flavour, with harmless HTML) as a part of the page. */
export function ModelCard({
  card,
  text,
  imageLabel,
  cutNote,
  plainNote,
  fileHref,
}: ModelCardProps) {
  if (card.tree === null) {
    return (
      <div className="model-card">
        <p className="model-card-cut">{plainNote}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <pre tabIndex={0}>{text.slice(0, PLAIN_MAX_CHARACTERS)}</pre>
        {card.is_cut && <p className="model-card-cut">{cutNote}</p>}
      </div>
    );
  }
  const resolve = (href: string | undefined) => resolveHref(href, fileHref);
  const content = toJsxRuntime(card.tree, {
    Fragment,
    jsx,
    jsxs,
    components: {
      a: ({ node: _node, href, children, ...props }) => {
        const target = resolve(href);
        if (target === null) return <span>{children}</span>;
        return (
          <a {...props} href={target} rel="nofollow noopener">
            {children}
          </a>
        );
      },
      img: ({ src, alt }) => {
        const label = imageLabel(alt || (typeof src === "string" ? fileName(src) : ""));
        const target = typeof src === "string" ? resolve(src) : null;
        if (target === null) return <span className="model-card-image">{label}</span>;
        return (
          <a className="model-card-image" href={target} rel="nofollow noopener">
            {label}
          </a>
        );
      },
      pre: ({ node: _node, ...props }) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <pre {...props} tabIndex={0} />
      ),
      // A box that cannot be ticked is text.
      input: ({ checked }) => <span>{checked ? "☑" : "☐"}</span>,
    },
  });
  return (
    <div className="model-card">
      {content}
      {card.is_cut && <p className="model-card-cut">{cutNote}</p>}
    </div>
  );
}

function resolveHref(
  href: string | undefined,
  fileHref: ModelCardProps["fileHref"],
): string | null {
  if (!href) return null;
  if (href.startsWith("#")) return `#${ID_PREFIX}${href.slice(1)}`;
  if (/^(https?:|mailto:)/i.test(href)) return href;
  if (/^[a-z][a-z0-9+.-]*:|^\/|\\/i.test(href)) return null;
  const path = href.replace(/^\.\//, "").replace(/[?#].*$/, "");
  return fileHref?.(path) ?? null;
}

function fileName(src: string): string {
  return src.split("/").at(-1) ?? src;
}
