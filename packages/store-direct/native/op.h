/* SPDX-License-Identifier: Apache-2.0
 *
 * One operation: what was asked, how far it is, what came of it.
 *
 * An operation belongs to exactly one thread at a time, except while its chunks run: then its fields are read-only
 * and only `next_chunk`, `runners` and `failure` (atomics) change. Whoever finishes the last chunk owns it again.
 */
#ifndef STOWAGE_OP_H
#define STOWAGE_OP_H

#include "memory.h"

typedef struct sd_engine sd_engine;
typedef struct sd_op sd_op;

typedef enum { SD_READ = 1, SD_WRITE = 2 } sd_kind;

/* The steps of an operation. A whole object in one call is all of them; on a descriptor of the caller's, some. */
enum { SD_PHASE_TRANSFER = 1, SD_PHASE_SEAL = 2, SD_PHASE_COMMIT = 4 };

enum {
  SD_FLAG_DIRECT = 1,        /* use O_DIRECT */
  SD_FLAG_FALLBACK = 2,      /* EINVAL or EOPNOTSUPP from O_DIRECT may fall back to buffered I/O */
  SD_FLAG_FOLLOW = 4,        /* symbolic links may be followed (the caller has judged them) */
  SD_FLAG_CREATE_ONLY = 8,   /* commit must fail with EEXIST where the target exists */
  SD_FLAG_DROP_CACHE = 32,   /* seal: what passed through the page cache is written out and dropped from it */
  SD_FLAG_LAST = 64,         /* write: nothing follows this data, its last block may be padded */
  SD_FLAG_SYNC_FILE = 128,   /* seal: fsync the file */
  SD_FLAG_SYNC_DIRECTORY = 256, /* commit: fsync the directory */
  SD_FLAG_STAT_ONLY = 512,   /* read: the caller wants the facts, not bytes */
  SD_FLAG_NO_RING = 1024,    /* never the io_uring engine */
  SD_FLAG_HOLD = 16,         /* read: JavaScript brings the memory once the length is known, by `take` */
  SD_FLAG_SUFFIX = 4096,     /* read: `length` counts from the end of the file */
  SD_FLAG_STAMP = 2048       /* seal: set the modification time to `modified_us`, or later than the target's */
};

/* What an operation says about how it was done. */
enum { SD_RESULT_DIRECT = 1, SD_RESULT_REFUSED = 2, SD_RESULT_REPORTED = 4, SD_RESULT_COMMITTED = 16,
       SD_RESULT_RING = 32, SD_RESULT_EDGES = 64,
       SD_RESULT_REPLACED = 128, SD_RESULT_HELD = 256 };

/* Where a failed operation failed: with errno, what an error message is made of. */
typedef enum {
  SD_STEP_NONE = 0, SD_STEP_OPEN, SD_STEP_OPEN_PARENT, SD_STEP_TYPE, SD_STEP_STAT, SD_STEP_MEMORY, SD_STEP_READ,
  SD_STEP_CHANGED, SD_STEP_ALLOCATE, SD_STEP_WRITE, SD_STEP_TRUNCATE, SD_STEP_TIMES, SD_STEP_SYNC, SD_STEP_LINK,
  SD_STEP_RENAME, SD_STEP_SYNC_DIRECTORY, SD_STEP_CLOSE, SD_STEP_CANCELLED, SD_STEP_THREAD
} sd_step;

typedef struct sd_stat {
  uint64_t inode;
  uint64_t device;
  uint64_t size;
  int64_t modified_ns;
  uint32_t mode;
  uint32_t links;
  bool alignment_reported;
  uint32_t memory_alignment; /* 0 with alignment_reported: this file cannot do direct I/O */
  uint32_t offset_alignment;
} sd_stat;

/* An open file, of one operation. */
typedef struct sd_file {
  int fd;
  int buffered_fd; /* a second, buffered descriptor, opened when data does not fit the alignment; -1 before */
  int parent_fd;   /* the directory it is committed into; -1 for reads */
  bool direct;
  bool borrowed;   /* `fd` is the caller's and stays open */
  bool anonymous;  /* made by O_TMPFILE, without a name yet */
  bool committed;
  bool padded;     /* longer on disk than the object: must be cut before it is committed */
  uint32_t memory_alignment;
  uint32_t offset_alignment;
} sd_file;

/* One contiguous piece of the file to move. */
typedef struct sd_segment {
  uint64_t offset, length; /* as asked; `length` is what is really there once planned */
  char *memory;            /* where the bytes go to or come from */
  bool from_caller;        /* `memory` is the caller's; else it lies in `block`, taken when planned */
  sd_block block;
  char *base;              /* where the byte at `io_start` goes, when in place */
  uint64_t io_start, io_end; /* aligned range moved in chunks */
  bool in_place;           /* else each chunk passes through a bounce block */
  uint32_t first_chunk;    /* index of this segment's first chunk within the operation */
  uint32_t chunks;         /* all of them: head, middle, tail */
  bool head;               /* write: the first chunk ends the block that the data begins in, buffered */
  bool tail;               /* the last chunk is the unaligned end */
} sd_segment;

/* One transfer within a segment. */
typedef struct sd_chunk {
  sd_segment *segment;
  uint64_t offset, length; /* aligned for direct I/O */
  char *address;
  sd_block bounce;         /* `address` is in it when taken */
  uint64_t end;            /* file offset where the chunk's own bytes end */
  bool buffered;           /* write: through the buffered descriptor */
} sd_chunk;

struct sd_op {
  sd_op *next;
  sd_engine *engine;
  sd_kind kind;
  uint32_t slot;
  uint32_t phases;
  uint32_t flags;
  uint32_t results;
  uint32_t default_alignment; /* for direct files whose file system reports none */
  int fd;                     /* the caller's descriptor; -1: `path` is opened */
  sd_file *file;
  char *path;                 /* read: the file; write: the parent directory. Owns the storage of `temp` and `target` too */
  char *temp;                 /* name in the parent directory: of the file itself, or used for a moment while replacing */
  char *target;               /* name in the parent directory under which it is committed */
  uint32_t root_length;       /* so many bytes of `path` may lead through symbolic links; those after them must not */
  uint64_t size;              /* write: final size when known */
  int64_t modified_us;
  sd_stat replaced;           /* write: what had the name, with SD_RESULT_REPLACED */
  sd_stat stat;
  uint32_t segment_count;
  sd_segment *segments;
  sd_segment one;             /* the storage of the usual single segment */
  uint32_t chunk_count;
  uint32_t depth;
  uint32_t next_chunk;        /* atomic */
  uint32_t runners;           /* atomic: chunks or runners under way */
  uint32_t failure;           /* atomic: errno of the first failure, with the step above 16 bits */
  uint32_t cancelled;         /* atomic */
  bool retried_buffered;
};

static inline void sd_fail(sd_op *op, sd_step step, int error) {
  uint32_t none = 0;
  uint32_t value = ((uint32_t)step << 16) | (uint32_t)(error & 0xffff);
  __atomic_compare_exchange_n(&op->failure, &none, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline bool sd_failed(sd_op *op) { return SD_LOAD(&op->failure) != 0; }
static inline int sd_failure_errno(sd_op *op) { return (int)(SD_LOAD(&op->failure) & 0xffff); }
static inline sd_step sd_failure_step(sd_op *op) { return (sd_step)(SD_LOAD(&op->failure) >> 16); }

/* Whether the last, partial block is written whole and the file cut afterwards. A file that is synced anyway has the rest go
 * through the page cache instead: cutting costs another transaction of the file system. */
static inline bool sd_pads_last_block(const sd_op *op) {
  return (op->flags & SD_FLAG_LAST) && !(op->flags & SD_FLAG_SYNC_FILE);
}

#endif
