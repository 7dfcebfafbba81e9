// What is measured, and what is asked of it. Ratios are to fio with huge-page buffers; fio reads or writes one file that is open
// and allocated, at the same size and depth, while the store opens, names and closes every object: that is part of the ratio.

export const KIB = 1_024;
export const MIB = KIB * KIB;
export const GIB = KIB * MIB;

/** How many objects of a case's size warm the process up. @param {number} objects */
export function warmObjects(objects) {
  return Math.ceil(objects / 10);
}

/**
 * @typedef {object} ReadCase
 * @property {string} title
 * @property {string} folder of the objects, below the scratch directory
 * @property {number} size bytes of an object
 * @property {number} objects
 * @property {number} width operations in flight
 * @property {{ blockSize: number, depth: number }} fio
 * @property {{ by: "get" | "getInto", floor: number, goal: number }[]} speed
 * @property {{ by: "get" | "getInto", unit: "us an object" | "s a GB", floor: number, goal: number }} [cpu]
 */

/** @type {ReadCase[]} */
export const READS = [
  {
    ...{ title: "4 KiB, 64 in flight", folder: "4k", size: 4 * KIB, objects: 10_000, width: 64 },
    fio: { blockSize: 4 * KIB, depth: 64 },
    speed: [{ by: "get", floor: 0.6, goal: 0.78 }],
    cpu: { by: "get", unit: "us an object", floor: 18, goal: 12 },
  },
  {
    ...{ title: "100 KiB, 32 in flight", folder: "100k", size: 100 * KIB, objects: 10_000, width: 32 },
    fio: { blockSize: 100 * KIB, depth: 32 },
    speed: [
      { by: "get", floor: 0.55, goal: 0.8 },
      { by: "getInto", floor: 0.8, goal: 0.95 },
    ],
  },
  {
    ...{ title: "1 MiB, 16 in flight", folder: "1m", size: MIB, objects: 1_000, width: 16 },
    fio: { blockSize: MIB, depth: 16 },
    speed: [{ by: "get", floor: 0.75, goal: 0.93 }],
  },
  {
    ...{ title: "64 MiB, one after another", folder: "64m", size: 64 * MIB, objects: 24, width: 1 },
    fio: { blockSize: 4 * MIB, depth: 4 },
    speed: [{ by: "getInto", floor: 0.88, goal: 0.97 }],
    cpu: { by: "getInto", unit: "s a GB", floor: 0.04, goal: 0.02 },
  },
  {
    ...{ title: "1 GiB", folder: "1g", size: GIB, objects: 1, width: 1 },
    fio: { blockSize: 4 * MIB, depth: 4 },
    speed: [{ by: "getInto", floor: 0.88, goal: 0.97 }],
    cpu: { by: "getInto", unit: "s a GB", floor: 0.04, goal: 0.02 },
  },
];

/**
 * @typedef {object} WriteCase
 * @property {string} title
 * @property {number} size
 * @property {number} objects
 * @property {number} width
 * @property {{ blockSize: number, depth: number }} fio
 * @property {{ floor: number, goal: number }} ofFio
 * @property {{ floor: number, goal: number }} [ofNode]
 */

/** Durable: the bytes are on the device when the put resolves. @type {WriteCase[]} */
export const WRITES = [
  {
    ...{ title: "1 MiB + 1, 8 in flight", size: MIB + 1, objects: 128, width: 8 },
    fio: { blockSize: MIB, depth: 8 },
    ofFio: { floor: 0.6, goal: 0.8 },
    ofNode: { floor: 3, goal: 4 },
  },
  {
    ...{ title: "64 MiB + 1, 2 in flight", size: 64 * MIB + 1, objects: 8, width: 2 },
    fio: { blockSize: 4 * MIB, depth: 8 },
    ofFio: { floor: 0.7, goal: 0.9 },
  },
];
