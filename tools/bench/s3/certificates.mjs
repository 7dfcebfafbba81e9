// The bench's own authority and its certificate for localhost.
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/**
 * OpenDAL's binary has its list of public authorities compiled in (webpki-roots; it opens no certificate file, whatever
 * SSL_CERT_FILE says), so the bench's authority takes the name of one of them, and a private copy of the binary gets the bench's
 * key in place of that one's. Nothing else of it changes. Nobody but the bench's own processes trusts this authority.
 */
const NAMESAKE = { C: "US", O: "Amazon", CN: "Amazon Root CA 3" };

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/** Bytes of an uncompressed point of P-256, the last of its public key in DER. */
const POINT = 65;

/**
 * @param {string} folder
 * @returns {{ keyFile: string, certFile: string, caFile: string }}
 */
export function makeCertificates(folder) {
  const at = (/** @type {string} */ name) => join(folder, name);
  const openssl = (/** @type {string[]} */ args) => execFileSync("openssl", args, { stdio: "ignore" });
  // Names are compared byte for byte: PrintableString, as the namesake's.
  writeFileSync(
    at("ca.conf"),
    `[req]\nprompt = no\nstring_mask = nombstr\ndistinguished_name = dn\nx509_extensions = ca\n[dn]\n` +
      Object.entries(NAMESAKE)
        .map(([field, value]) => `${field} = ${value}\n`)
        .join("") +
      `[ca]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign\nsubjectKeyIdentifier = hash\n`,
  );
  openssl(["req", "-x509", ...EC, "-config", at("ca.conf"), "-keyout", at("ca.key"), "-out", at("ca.pem")]);
  openssl(["req", ...EC, "-keyout", at("key.pem"), "-out", at("leaf.csr"), "-subj", "/CN=localhost"]);
  // The key identifier tells the bench's authority from its namesake.
  writeFileSync(
    at("leaf.ext"),
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid:always\n",
  );
  const issuer = [
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("leaf.ext"),
  ];
  openssl(["x509", "-req", "-in", at("leaf.csr"), "-out", at("cert.pem"), ...issuer]);
  return { keyFile: at("key.pem"), certFile: at("cert.pem"), caFile: at("ca.pem") };
}

/**
 * Makes a binary trust the bench's authority where it trusted its namesake.
 *
 * @param {string} binary
 * @param {string} caFile
 */
export function replaceTrust(binary, caFile) {
  const wanted = Object.entries(NAMESAKE).map(([field, value]) => `${field}=${value}`);
  const namesake = rootCertificates
    .map((pem) => new X509Certificate(pem))
    .find(({ subject }) => subject === wanted.join("\n"));
  if (namesake === undefined) throw new Error(`Node does not know ${NAMESAKE.CN} any more`);
  const [theirs, ours] = [namesake, new X509Certificate(readFileSync(caFile))].map((certificate) =>
    certificate.publicKey.export({ type: "spki", format: "der" }).subarray(-POINT),
  );
  if (theirs === undefined || ours === undefined) throw new Error("no public key");
  const bytes = readFileSync(binary);
  let found = 0;
  for (let place = bytes.indexOf(theirs); place !== -1; place = bytes.indexOf(theirs, place + POINT)) {
    bytes.set(ours, place);
    found += 1;
  }
  if (found === 0) throw new Error(`${binary} does not trust ${NAMESAKE.CN}`);
  writeFileSync(binary, bytes);
}
