import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { CARD_MAX_CHARACTERS } from "#lib/cards/card-text.ts";
import { parseTree } from "#lib/cards/parse-tree.ts";
import { ModelCard } from "./model-card.tsx";

const render = (markdown: string) =>
  renderToStaticMarkup(
    <ModelCard
      card={parseTree(markdown)}
      text={markdown}
      imageLabel={(alt) => `Image: ${alt}`}
      cutNote="cut here"
      plainNote="shown as text"
      fileHref={(path) => (path === "config.json" ? "/files/config.json" : null)}
    />,
  );

describe("a model card is harmless whatever its author wrote", () => {
  it.each([
    ["a script", "<script>alert(1)</script>text"],
    ["a script inside Markdown", "# x\n\n<div><script src=//evil.example/x.js></script></div>"],
    ["an event handler", '<img src=x onerror="alert(1)"><b onclick=alert(1)>b</b>'],
    ["a javascript: link", "[x](javascript:alert(1)) <a href=' java\nscript:alert(1)'>y</a>"],
    ["a javascript: link in capitals and entities", '<a href="&#74;avaScript:alert(1)">y</a>'],
    ["a vbscript: link", "[x](vbscript:msgbox)"],
    ["a data: link", "[x](data:text/html;base64,PHNjcmlwdD4=)"],
    ["an inline style", '<p style="position:fixed;inset:0">over</p>'],
    ["a style sheet", "<style>body{display:none}</style>"],
    ["a frame", '<iframe src="https://evil.example"></iframe><frame src=x>'],
    ["a frame with its own document", "<iframe srcdoc='<script>1</script>'>"],
    ["an SVG", '<svg onload="alert(1)"><script>1</script><a xlink:href="javascript:1">z</a></svg>'],
    ["MathML", "<math><mtext><img src=x onerror=alert(1)></mtext></math>"],
    [
      "a form",
      '<form action="https://evil.example"><input name=p type=password><button>Go</button>',
    ],
    ["objects", '<object data="x.swf"></object><embed src=x><applet code=x></applet>'],
    ["page settings", '<meta http-equiv=refresh content="0;url=//evil.example"><base href=//evil>'],
    ["an unclosed comment", "<!-- <b>--!><script>alert(1)</script>"],
    [
      "an image map and a link target",
      '<a target=_top href="//x" ping="//y">z</a><link rel=import>',
    ],
    ["a class that covers the page", '<div class="fixed inset-0 z-50">x</div>'],
  ])("drops %s", (_name, markdown) => {
    const html = render(markdown);
    expect(html).not.toMatch(
      /<(script|style|iframe|frame|svg|math|form|button|object|embed|applet|meta|base|link|img)\b/i,
    );
    expect(html).not.toMatch(/\son\w+=|javascript:|vbscript:|data:|style=|srcdoc|ping=|target=/i);
    expect(html).not.toMatch(/class="[^"]*fixed/);
    expect(html).not.toContain("password");
  });

  it("loads no picture from elsewhere: it links to it by its description", () => {
    const html = render("![A chart](https://tracker.example/p.png) ![](https://x.example/b.svg)");
    expect(html).not.toContain("<img");
    expect(html).toContain('href="https://tracker.example/p.png" rel="nofollow noopener"');
    expect(html).toContain("Image: A chart");
    expect(html).toContain("Image: b.svg");
  });

  it("keeps its ids apart from the page's own", () => {
    expect(render('<h2 id="main">x</h2>')).toContain('id="user-content-main"');
  });

  it("shows what has no tree as text, inert", () => {
    const html = renderToStaticMarkup(
      <ModelCard
        card={{ tree: null, is_cut: false }}
        text="<script>alert(1)</script>"
        imageLabel={(alt) => alt}
        cutNote="cut here"
        plainNote="shown as text"
      />,
    );
    expect(html).toContain("shown as text");
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toContain("<script>");
  });
});

describe("a model card shows what was meant", () => {
  it("renders tables, task lists, strikethrough, code and footnotes", () => {
    const html = render(
      "| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n~~old~~ `x`\n\n```python\nimport os\n```\n\nfoot[^1]\n\n[^1]: note",
    );
    for (const part of ["<table>", "<td>1</td>", "☑", "<del>old</del>", "language-python"])
      expect(html).toContain(part);
    expect(html).toContain("import os");
    expect(html).toContain('href="#user-content-fn-1"');
    expect(html).toContain('id="user-content-fn-1"');
  });

  it("puts its headings below the page's", () => {
    expect(render("# Title\n\n## Part")).toMatch(/<h2>Title<\/h2>\s*<h3>Part<\/h3>/);
  });

  it("shows no front matter, and keeps a rule that is not front matter", () => {
    expect(render("---\nlicense: mit\ntags: [a]\n---\n# Hello")).toBe(
      '<div class="model-card"><h2>Hello</h2></div>',
    );
    expect(render("Hello\n\n---\n\nworld")).toContain("<hr/>");
  });

  it("marks links for search engines and leads relative ones to the version's files", () => {
    const html = render("[a](https://a.example) [b](./config.json) [c](missing.txt) [d](/models)");
    expect(html).toContain('<a href="https://a.example" rel="nofollow noopener">a</a>');
    expect(html).toContain('<a href="/files/config.json" rel="nofollow noopener">b</a>');
    expect(html).toContain("<span>c</span>");
    expect(html).toContain("<span>d</span>");
  });

  it("cuts a card that is too long for a page and says so", () => {
    const html = render("word\n".repeat(CARD_MAX_CHARACTERS / 4));
    expect(html).toContain("cut here");
    expect(html.length).toBeLessThan(CARD_MAX_CHARACTERS * 1.1);
  });
});
