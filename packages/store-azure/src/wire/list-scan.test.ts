import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeXml } from "@stowage/http";
import { OddListing, scanListing } from "./list-scan.js";

/** As Azurite 3.35 answers. */
const AZURITE = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><EnumerationResults ServiceEndpoint="http://127.0.0.1:37925/devstoreaccount1" ContainerName="cap"><Prefix/><Marker/><MaxResults>2</MaxResults><Delimiter>/</Delimiter><Blobs><BlobPrefix><Name>d/</Name></BlobPrefix><Blob><Name>a &amp; b&lt;c&gt;</Name><Properties><Creation-Time>Mon, 23 Nov 2026 08:23:27 GMT</Creation-Time><Last-Modified>Mon, 23 Nov 2026 08:23:28 GMT</Last-Modified><Etag>0x1F5E6DC1CC34E80</Etag><Content-Length>1</Content-Length><Content-Type>application/octet-stream</Content-Type><Content-MD5>ndTkYSaMgDT1yFZOFVxnpg==</Content-MD5><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred></Properties></Blob></Blobs><NextMarker>d/1 &amp; on</NextMarker></EnumerationResults>`;

/** As the reference of List Blobs shows an answer: a byte order mark, other properties first, names that XML cannot carry encoded. */
const REFERENCE = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="https://acct.blob.core.windows.net/" ContainerName="c">
  <Prefix>x</Prefix>
  <Blobs>
    <Blob>
      <Name Encoded="true">a%01%EF%BF%BE</Name>
      <VersionId>2026</VersionId>
      <Properties>
        <Content-Length>1234567890123</Content-Length>
        <Etag>"0x8DE"</Etag>
        <Last-Modified>Tue, 01 Dec 2026 00:00:01 GMT</Last-Modified>
        <Content-Type />
      </Properties>
      <OrMetadata />
    </Blob>
    <Blob><Name>dir</Name><Properties><Last-Modified>Tue, 01 Dec 2026 00:00:01 GMT</Last-Modified><Etag>0x1</Etag><ResourceType>directory</ResourceType><Content-Length>0</Content-Length></Properties></Blob>
    <BlobPrefix><Name>dir/</Name><Properties><ResourceType>directory</ResourceType></Properties></BlobPrefix>
  </Blobs>
  <NextMarker />
</EnumerationResults>`;

describe("the scan of listings", () => {
  it("reads Azurite's form", () => {
    expect(scanListing(AZURITE)).toEqual({
      entries: [
        { key: "a & b<c>", size: 1, etag: "0x1F5E6DC1CC34E80", lastModified: new Date("2026-11-23T08:23:28Z") },
      ],
      prefixes: ["d/"],
      marker: "d/1 & on",
    });
  });

  it("reads the service's own form, encoded names and directories too", () => {
    const lastModified = new Date("2026-12-01T00:00:01Z");
    expect(scanListing(REFERENCE)).toEqual({
      entries: [
        { key: "a\u0001\uFFFE", size: 1234567890123, etag: "0x8DE", lastModified },
        { key: "dir", size: 0, etag: "0x1", lastModified, native: { resourceType: "directory" } },
      ],
      prefixes: ["dir/"],
      marker: undefined,
    });
  });

  it("reads an empty listing", () => {
    for (const blobs of ["<Blobs/>", "<Blobs />", "<Blobs></Blobs>"]) {
      const xml = `<EnumerationResults>${blobs}<NextMarker>m</NextMarker></EnumerationResults>`;
      expect(scanListing(xml)).toEqual({ entries: [], prefixes: [], marker: "m" });
    }
  });

  it("returns every name exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 5 }), (names) => {
        const blobs = names
          .map(
            (name) =>
              `<Blob><Name>${escapeXml(name)}</Name><Properties><Last-Modified>Mon, 23 Nov 2026 08:23:28 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>7</Content-Length></Properties></Blob>`,
          )
          .join("");
        const xml = `<?xml version="1.0"?><EnumerationResults><Blobs>${blobs}</Blobs><NextMarker/></EnumerationResults>`;
        expect(scanListing(xml).entries.map(({ key }) => key)).toEqual(names);
      }),
    );
  });

  it("reads bytes as it reads text, wherever a piece of a large answer ends", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "ü", "🙂", ">", "&", "/"), minLength: 1, maxLength: 1024 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 300 }), fc.constantFrom("", "\ufeff"), (names, mark) => {
        const items = names.map((text, index) =>
          index % 7 === 0
            ? `<BlobPrefix><Name>${escapeXml(text)}</Name></BlobPrefix>\n`
            : `<Blob><Name>${escapeXml(text)}</Name><Properties><Last-Modified>Mon, 23 Nov 2026 08:23:28 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>7</Content-Length></Properties><Tags>${"x".repeat(index * 200)}</Tags></Blob>`,
        );
        const xml = `${mark}<EnumerationResults><Blobs>${items.join("")}</Blobs><NextMarker>ü</NextMarker></EnumerationResults>`;
        const scanned = scanListing(Buffer.from(xml));
        expect(scanned).toEqual(scanListing(xml));
        expect(scanned.entries.length + scanned.prefixes.length).toBe(names.length);
        expect(scanned.marker).toBe("ü");
      }),
      { numRuns: 30 },
    );
  });

  it("leaves an answer of bytes that is cut or empty to the real parser", () => {
    for (const bytes of [Buffer.from(AZURITE.slice(0, 700)), new Uint8Array(0)]) {
      expect(() => scanListing(bytes)).toThrow(OddListing);
    }
  });

  const blob = (inner: string): string =>
    `<EnumerationResults><Blobs><Blob>${inner}</Blob></Blobs></EnumerationResults>`;
  const properties = "<Last-Modified>Mon, 23 Nov 2026 08:23:28 GMT</Last-Modified><Etag>0x1</Etag>";

  it.each([
    ["CDATA", blob(`<Name><![CDATA[a]]></Name>${properties}<Content-Length>1</Content-Length>`)],
    [
      "a name that is not in front",
      blob(`<Snapshot>1</Snapshot><Name>a</Name>${properties}<Content-Length>1</Content-Length>`),
    ],
    [
      "an unknown attribute of the name",
      blob(`<Name Other="1">a</Name>${properties}<Content-Length>1</Content-Length>`),
    ],
    ["a missing size", blob(`<Name>a</Name>${properties}`)],
    ["a size that is none", blob(`<Name>a</Name>${properties}<Content-Length>many</Content-Length>`)],
    [
      "a missing etag",
      blob(
        "<Name>a</Name><Last-Modified>Mon, 23 Nov 2026 08:23:28 GMT</Last-Modified><Content-Length>1</Content-Length>",
      ),
    ],
    ["an unknown reference", blob(`<Name>&nbsp;</Name>${properties}<Content-Length>1</Content-Length>`)],
    [
      "a malformed encoded name",
      blob(`<Name Encoded="true">%zz</Name>${properties}<Content-Length>1</Content-Length>`),
    ],
    ["something else among the blobs", "<EnumerationResults><Blobs><Other/></Blobs></EnumerationResults>"],
    ["a truncated answer", AZURITE.slice(0, 700)],
    ["no listing at all", "<html></html>"],
  ])("leaves %s to the real parser", (_, xml) => {
    expect(() => scanListing(xml)).toThrow(OddListing);
  });
});
