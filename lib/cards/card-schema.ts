import { defaultSchema } from "rehype-sanitize";
import { ID_PREFIX } from "./schema.ts";

const TAG_NAMES = (
  "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li ol " +
  "p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead tr ul var"
).split(" ");

/**
 * A card is written by whoever uploaded the model, so it is hostile until sanitised: no script, style,
 * frame, form, SVG, event handler or inline style; links only to web pages and mail addresses.
 * `class` survives only where GFM itself sets it (task lists, footnotes, `language-*`).
 */
export const cardSchema: typeof defaultSchema = {
  ...defaultSchema,
  clobberPrefix: ID_PREFIX,
  tagNames: TAG_NAMES,
  attributes: {
    "*": ["title", "dir", "lang", "id"],
    a: ["href", "dataFootnoteRef", "dataFootnoteBackref", "ariaDescribedBy", "ariaLabel"],
    code: [["className", /^language-[\w+-]{1,40}$/]],
    details: ["open"],
    h2: [["className", "sr-only"]],
    img: ["src", "alt"],
    input: [
      ["type", "checkbox"],
      ["disabled", true],
      ["checked", true],
    ],
    li: [["className", "task-list-item"]],
    ol: ["start", ["className", "contains-task-list"]],
    section: ["dataFootnotes", ["className", "footnotes"]],
    td: ["align", "colSpan", "rowSpan"],
    th: ["align", "colSpan", "rowSpan", "scope"],
    ul: [["className", "contains-task-list"]],
  },
  protocols: { href: ["http", "https", "mailto"], src: ["http", "https"] },
  // The contents of these go too; other unknown elements only lose their tags.
  strip: [
    ..."script style title svg math iframe object embed template noscript select textarea".split(
      " ",
    ),
  ],
};
