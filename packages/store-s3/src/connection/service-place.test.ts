import { describe, expect, it } from "vitest";
import type { Address } from "./address.js";
import { servicePlace } from "./service-place.js";

function at(url: string): Address {
  const { origin, host, hostname, pathname } = new URL(url);
  const scope = { region: "us-east-1", service: "s3" };
  return { origin, host, hostname, basePath: pathname.replace(/\/$/, ""), scope, plainSignature: true };
}

describe("the place of a service", () => {
  it("is the endpoint without the bucket, wherever that stands", () => {
    const place = "https://minio.corp.com:9000";
    expect(servicePlace("minio", at("https://minio.corp.com:9000/bucket"), "bucket")).toBe(place);
    expect(servicePlace("minio", at("https://bucket.minio.corp.com:9000"), "bucket")).toBe(place);
    expect(servicePlace("minio", at("https://minio.corp.com:9000/base/bucket"), "bucket")).toBe(`${place}/base`);
  });

  it("differs between hosts of one domain or network, ports and protocols", () => {
    const places = [
      "http://10.0.1.5/b",
      "http://10.9.1.5/b",
      "https://10.0.1.5/b",
      "http://10.0.1.5:8080/b",
      "http://minio-a.corp.com/b",
      "http://minio-b.corp.com/b",
    ].map((url) => servicePlace("generic", at(url), "b"));
    expect(new Set(places).size).toBe(places.length);
  });

  it("of AWS is the partition, whatever the region", () => {
    const aws = (url: string): string => servicePlace("aws", at(url), "b");
    expect(aws("https://b.s3.eu-west-1.amazonaws.com")).toBe(aws("https://b.s3.us-east-1.amazonaws.com"));
    expect(aws("https://b.s3.cn-north-1.amazonaws.com.cn")).not.toBe(aws("https://b.s3.us-east-1.amazonaws.com"));
    expect(aws("https://b.s3.us-gov-west-1.amazonaws.com")).not.toBe(aws("https://b.s3.us-east-1.amazonaws.com"));
  });
});
