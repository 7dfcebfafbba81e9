// Loaded before the command: notes peak memory, and how many directories were opened before the first byte of output.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const observed = { directoriesBeforeOutput: 0, statsBeforeOutput: 0 };
let hasOutput = false;

for (const api of [fs, fs.promises]) {
  for (const [counter, names] of [
    ["directoriesBeforeOutput", ["opendir", "opendirSync", "readdir", "readdirSync"]],
    ["statsBeforeOutput", ["stat", "lstat", "statSync", "lstatSync"]],
  ]) {
    for (const name of names) {
      const original = api[name];
      if (original === undefined) continue;
      api[name] = function observe(...args) {
        if (!hasOutput) observed[counter] += 1;
        return original.apply(this, args);
      };
    }
  }
}
syncBuiltinESMExports();

const write = process.stdout.write;
process.stdout.write = function observe(...args) {
  hasOutput = true;
  return write.apply(this, args);
};

process.on("exit", () => {
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  fs.writeFileSync(process.env.STOWAGE_OBSERVATIONS, JSON.stringify({ ...observed, peakRssBytes }));
});
