import { describe, expect, it } from "vitest";
import { parseBoundary, parseDisposition } from "./part-headers.ts";

describe("parseBoundary", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; boundary="a b=c"', "a b=c"],
    [
      "Multipart/Form-Data;boundary=----WebKitFormBoundaryX; charset=utf-8",
      "----WebKitFormBoundaryX",
    ],
    [`multipart/form-data; boundary=${"b".repeat(70)}`, "b".repeat(70)],
  ])("reads %s", (header, boundary) => {
    expect(parseBoundary(header)).toBe(boundary);
  });

  it.each([undefined, "", "application/json", "multipart/mixed; boundary=x", "text/plain"])(
    "refuses the type %s",
    (header) => {
      expect(() => parseBoundary(header)).toThrow(
        expect.objectContaining({ code: "unsupported_media_type" }),
      );
    },
  );

  it.each([
    "multipart/form-data",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"b".repeat(71)}`,
    `multipart/form-data; boundary=${"b".repeat(1_000_000)}`,
    'multipart/form-data; boundary="a\u0001b"',
    'multipart/form-data; boundary="a ',
    "multipart/form-data; boundary=a; boundary=b",
    "multipart/form-data; boundary",
  ])("refuses the boundary of %s", (header) => {
    expect(() => parseBoundary(header)).toThrow(
      expect.objectContaining({ code: "invalid_multipart" }),
    );
  });
});

describe("parseDisposition", () => {
  it.each([
    ['form-data; name="a"', { name: "a", filename: null }],
    ["form-data; name=a; filename=b.bin", { name: "a", filename: "b.bin" }],
    ['form-data; name="f"; filename="dir/model.onnx"', { name: "f", filename: "dir/model.onnx" }],
    ['form-data; name="f"; filename=""', { name: "f", filename: "" }],
    ['form-data; name="f"; filename="a;b=c.bin"', { name: "f", filename: "a;b=c.bin" }],
    ['form-data; name="f"; filename="a\\"b"', { name: "f", filename: 'a"b' }],
    ['form-data; name="f"; filename="a%22b"', { name: "f", filename: 'a"b' }],
    ['form-data; name="f"; filename="c:\\x"', { name: "f", filename: "c:\\x" }],
    ['form-data; name="f"; filename="模型.bin"', { name: "f", filename: "模型.bin" }],
    [
      'form-data; name="f"; filename="plain"; filename*=UTF-8\'\'mod%C3%A8le.bin',
      { name: "f", filename: "modèle.bin" },
    ],
    ["form-data; name=\"f\"; filename*=utf-8'pt-BR'a%2Fb", { name: "f", filename: "a/b" }],
  ])("reads %s", (header, expected) => {
    expect(parseDisposition(header)).toEqual(expected);
  });

  it.each([
    undefined,
    "attachment; name=a",
    "form-data",
    'form-data; name=""',
    'form-data; name="a',
    'form-data; name="a" junk',
    "form-data; name=a; name=b",
    "form-data; name=a; filename*=UTF-8''%FF",
    "form-data; name=a; filename*=latin1''x",
    "form-data; name=a; filename*=x",
    "form-data; =a",
  ])("refuses %s", (header) => {
    expect(() => parseDisposition(header)).toThrow(
      expect.objectContaining({ code: "invalid_multipart" }),
    );
  });
});
