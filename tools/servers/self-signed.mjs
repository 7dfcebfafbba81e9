import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * A fresh self-signed certificate for 127.0.0.1 and localhost, in a temporary folder that `remove` deletes. Needs openssl:
 * guard it with `needs(ctx, "openssl")`.
 *
 * @returns {Promise<{ certificatePath: string, keyPath: string, certificate: string, key: string, remove: () => Promise<void> }>}
 */
export async function selfSignedCertificate() {
  const folder = await mkdtemp(join(tmpdir(), "stowage-tls-"));
  const keyPath = join(folder, "key.pem");
  const certificatePath = join(folder, "certificate.pem");
  await execute("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-keyout", keyPath, "-out", certificatePath],
  ]);
  return {
    certificatePath,
    keyPath,
    certificate: await readFile(certificatePath, "utf8"),
    key: await readFile(keyPath, "utf8"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
