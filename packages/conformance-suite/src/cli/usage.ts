export const USAGE = `stowage-conformance: does a store behave as every other one?

  stowage-conformance run <specifier|file> [options]   run the suite against a store
      --profile <name>     full (default), core, read, list, stream, keys, conditional, multipart, copy, cancel, presign, slow
      --only <prefix>      only cases whose id begins so (repeatable)
      --through <view>     prefix: through a prefix view; instruments: over a forwarding driver
      --json <file>        write the report
      --seed <text>        repeat the random choices of an earlier run
      --verbose            a line for every case
  stowage-conformance list [--json | --page]           every case: id, list number, level, reason (--page: as Markdown)
  stowage-conformance report merge <file...> [--md]    several reports as one page (Markdown; else JSON)
  stowage-conformance report diff <before> <after>     changed verdicts; exit code 1 when one got worse
  stowage-conformance mutants [options]                stores with one fault each: are they all found out?
      --full               try every case on every fault (minutes) instead of what the committed matrix records
      --only <prefix>      only mutants whose name begins so (repeatable)
      --update <file>      write the matrix found; with --only, what is recorded of the other mutants stays
      --harness <specifier> the store that carries the faults (default @stowage/store-memory/conformance)

  <specifier> is a module whose default export is a harness: @stowage/store-file/conformance, ./my-harness.js
  Exit code: 0 all is well, 1 a case failed or a mutant survived, 2 the command was wrong.
`;
