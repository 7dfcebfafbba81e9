/** File systems that only root can make, for a test and gone after it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const isRoot: boolean = process.getuid?.() === 0;

export interface Mounted {
  readonly path: string;
  /** The file behind a loop device. */
  readonly image: string | undefined;
  unmount(): void;
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function mounted(options: readonly string[], image?: string, loop?: string): Mounted {
  const scratch = mkdtempSync(join(tmpdir(), "stowage-mount-"));
  run("mount", ...options, scratch);
  return {
    path: scratch,
    image,
    unmount() {
      run("umount", "-l", scratch);
      if (loop !== undefined) run("losetup", "-d", loop);
      if (image !== undefined) rmSync(image);
      rmSync(scratch, { recursive: true });
    },
  };
}

export function memory(type: "tmpfs" | "ramfs"): Mounted {
  return mounted(["-t", type, "stowage-test"]);
}

/** A file system in a file, over a loop device with sectors of the given size. */
export function onLoop(make: readonly [string, ...string[]], bytes: number, sectorSize: number): Mounted {
  const image = join(mkdtempSync(join(tmpdir(), "stowage-image-")), "image");
  writeFileSync(image, "");
  truncateSync(image, bytes);
  const loop = run("losetup", "--find", "--show", "--direct-io=on", "--sector-size", `${sectorSize}`, image).trim();
  const [program, ...args] = make;
  run(program, ...args, loop);
  return mounted([loop], image, loop);
}

export function overlay(below: string): Mounted {
  const layers = ["lower", "upper", "work"].map((name) => join(below, name));
  for (const layer of layers) mkdirSync(layer);
  const [lower, upper, work] = layers;
  return mounted(["-t", "overlay", "overlay", "-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`]);
}
