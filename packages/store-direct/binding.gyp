{
  "variables": { "sanitize%": "" },
  "targets": [
    {
      "target_name": "stowage-direct",
      "sources": [
        "native/binding.c", "native/commit.c", "native/deliver.c", "native/engine.c", "native/file.c",
        "native/memory.c", "native/probe.c", "native/read.c", "native/requests.c", "native/ring.c",
        "native/ring_queue.c", "native/ring_start.c", "native/threads.c", "native/transfer.c", "native/write.c"
      ],
      "cflags": [
        "-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror",
        "-fvisibility=hidden", "-U_FORTIFY_SOURCE", "-U_FILE_OFFSET_BITS", "-U_LARGEFILE_SOURCE"
      ],
      "conditions": [
        ["sanitize!=''", {
          "cflags": ["-fsanitize=<(sanitize)", "-fno-omit-frame-pointer", "-fno-sanitize-recover=undefined"],
          "ldflags": ["-fsanitize=<(sanitize)"]
        }, {
          # No C library is named and no symbol has a version: one file loads under glibc and musl.
          "cflags": ["-fno-stack-protector", "-ffile-prefix-map=../=", "-ffile-prefix-map=<(module_root_dir)="],
          "ldflags": ["-nostdlib", "-Wl,--build-id=none", "-Wl,-z,noexecstack", "-Wl,--gc-sections"],
          "conditions": [["target_arch=='arm64'", { "cflags": ["-mno-outline-atomics"] }]]
        }]
      ]
    }
  ]
}
