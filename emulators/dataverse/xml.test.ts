import { describe, expect, it } from "vitest";
import { element, parseXml, XmlError } from "./xml.ts";

describe("reading XML", () => {
  it("reads elements, attributes, text and what stands aside", () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<!-- first -->\n<a x='1' y="&lt;&#65;&#x42;'"><b/> two <!-- no -->words<![CDATA[ & <x>]]></a>\n`,
    );
    expect(root.name).toBe("a");
    expect([...root.attributes]).toEqual([
      ["x", "1"],
      ["y", "<AB'"],
    ]);
    expect(root.children.map(({ name }) => name)).toEqual(["b"]);
    expect(root.text).toBe(" two words & <x>");
  });

  it("reads back what is written", () => {
    const value = `"a" <b> & 'c'`;
    const text = element("outer", { value, none: undefined }, element("inner", {}));
    const root = parseXml(text);
    expect(root.attributes.get("value")).toBe(value);
    expect(root.attributes.has("none")).toBe(false);
    expect(root.children[0]?.name).toBe("inner");
  });

  it.each([
    ["a tag that is never closed", "<a><b></b>"],
    ["a wrong end tag", "<a></b>"],
    ["two roots", "<a/><b/>"],
    ["a duplicate attribute", "<a x='1' x='2'/>"],
    ["an attribute without quotes", "<a x=1/>"],
    ["attributes without a blank", "<a x='1'y='2'/>"],
    ["an angle bracket in a value", "<a x='<'/>"],
    ["an unknown reference", "<a>&nbsp;</a>"],
    ["an unfinished reference", "<a>this & that</a>"],
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><a/>'],
    ["nothing", ""],
    ["text alone", "hello"],
  ])("refuses %s", (_name, source) => {
    expect(() => parseXml(source)).toThrow(XmlError);
  });
});
