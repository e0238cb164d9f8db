import type { ComponentProps, ReactNode } from "react";
import Markdown from "react-markdown";
import rehypeRaw from "rehype-raw";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { cardSchema } from "./card-schema.ts";
import { prepareCard } from "./card-text.ts";
import { tameTree } from "./tame-tree.ts";
import "./model-card.css";

type ModelCardProps = {
  /** As its author wrote it; everything dangerous is dropped here. */
  markdown: string;
  /** `Image: {alt}`: pictures are not loaded from elsewhere, a link says where they are. */
  imageLabel: (alt: string) => string;
  /** Shown below a card that is too long for a page. */
  cutNote: ReactNode;
  /** Where `./config.json` in the card leads; without it relative links are plain text. */
  fileHref?: (path: string) => string | null;
};

/** Markdown (GitHub's flavour, with harmless HTML) as a part of the page. */
export function ModelCard({ markdown, imageLabel, cutNote, fileHref }: ModelCardProps) {
  const { text, isCut } = prepareCard(markdown);
  const resolve = (href: string | undefined) => resolveHref(href, fileHref);
  return (
    <div className="model-card">
      {renderSafely(text, {
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
      })}
      {isCut && <p className="model-card-cut">{cutNote}</p>}
    </div>
  );
}

type Components = ComponentProps<typeof Markdown>["components"];

/** Text whose nesting overflows the parser is shown as it is. */
function renderSafely(text: string, components: Components): ReactNode {
  try {
    return Markdown({
      children: text,
      remarkPlugins: [remarkGfm],
      // The sanitiser puts its prefix before every id: one is enough.
      remarkRehypeOptions: { clobberPrefix: "" },
      rehypePlugins: [rehypeRaw, [rehypeSanitize, cardSchema], tameTree],
      components,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return <pre>{text}</pre>;
  }
}

function resolveHref(
  href: string | undefined,
  fileHref: ModelCardProps["fileHref"],
): string | null {
  if (!href) return null;
  if (href.startsWith("#")) return `#${cardSchema.clobberPrefix}${href.slice(1)}`;
  if (/^(https?:|mailto:)/i.test(href)) return href;
  if (/^[a-z][a-z0-9+.-]*:|^\/|\\/i.test(href)) return null;
  const path = href.replace(/^\.\//, "").replace(/[?#].*$/, "");
  return fileHref?.(path) ?? null;
}

function fileName(src: string): string {
  return src.split("/").at(-1) ?? src;
}
