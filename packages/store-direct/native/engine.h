/* SPDX-License-Identifier: Apache-2.0
 *
 * One engine an environment (the main thread, or a worker thread): its memory, its threads, its ring.
 * Operations go in through sd_submit and come out of sd_take_finished, each exactly once.
 */
#ifndef STOWAGE_ENGINE_H
#define STOWAGE_ENGINE_H

#include "file.h"
#include "memory.h"
#include "op.h"
#include "transfer.h"

/* All numbers come from the caller; the binding has none of its own. */
typedef struct sd_limits {
  uint64_t chunk_bytes;       /* most bytes of one read or write */
  uint64_t allocate_bytes;    /* from this size on a file's space is allocated before it is written */
  uint64_t inline_copy_bytes; /* most bytes the ring's thread copies itself */
  uint64_t thread_read_bytes; /* single reads from this size on are made by the threads even where there is a ring */
  uint32_t chunk_depth;       /* chunks of one operation in flight */
  uint32_t threads;
  uint32_t ring_entries;      /* size of the ring, one more than the reads in flight on it; 0: no ring */
  uint32_t ring_batch;        /* reads given to the kernel at a time, at least, while more files are being opened */
  uint64_t ring_batch_bytes;  /* and bytes, at least */
} sd_limits;

typedef struct sd_task {
  struct sd_task *next;
  void (*run)(struct sd_task *task);
  sd_op *op;
} sd_task;

typedef struct sd_threads {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  sd_task *first, *last;
  pthread_t *ids;
  uint32_t started, idle, limit;
  bool stopping;
} sd_threads;

typedef enum { SD_RING_UNTRIED, SD_RING_RUNNING, SD_RING_UNAVAILABLE } sd_ring_state;

struct sd_ring;

struct sd_engine {
  sd_limits limits;
  sd_pool pool;
  sd_threads threads;
  struct sd_ring *ring;
  uint32_t ring_state;        /* atomic sd_ring_state */
  uint32_t ring_error;        /* errno of the probe */
  bool no_anonymous;          /* atomic: linking an O_TMPFILE file did not work here */
  pthread_mutex_t finished_lock;
  sd_op *finished_first, *finished_last;
  bool notified;
  bool stopping;              /* atomic: the environment is going away */
  void (*notify)(void *context);
  void *notify_context;
};

int sd_engine_open(sd_engine *engine, const sd_limits *limits, uint64_t slab_bytes, uint64_t keep_bytes);
/* Waits for every transfer under way, frees what was never taken. Memory blocks held by JavaScript stay valid. */
void sd_engine_stop(sd_engine *engine);

void sd_submit(sd_op *op);
/* What direct I/O does in the directory op->path; on the calling thread. */
void sd_probe(sd_op *op);
/* Up to `most` finished operations as a list, oldest first; `more` says whether others wait. */
sd_op *sd_take_finished(sd_engine *engine, uint32_t most, bool *more);
void sd_op_free(sd_op *op);

/* --- for the engine's own parts --- */

/* Fails the operation when it has been cancelled. */
static inline bool sd_stopped(sd_op *op) {
  if (SD_LOAD(&op->cancelled) || SD_LOAD(&op->engine->stopping)) sd_fail(op, SD_STEP_CANCELLED, ECANCELED);
  return sd_failed(op);
}

/* The operation is over: closes its file and hands it back. */
void sd_finish(sd_op *op);
/* The two halves of sd_finish, for those who hand back many at once: waking JavaScript costs more than a small read. */
void sd_conclude(sd_op *op);
void sd_hand_back(sd_engine *engine, sd_op *first, sd_op *last);
void sd_run_on_thread(sd_op *op, void (*run)(sd_op *op));
int sd_threads_open(sd_threads *threads, uint32_t limit);
void sd_threads_stop(sd_threads *threads);

void sd_read_start(sd_op *op);      /* on a thread: open, then transfer here or on the ring */
void sd_read_opened(sd_op *op);     /* on a thread: transfer of an open file */
bool sd_read_after_failure(sd_op *op); /* true: the transfer must run again, buffered */
void sd_write_start(sd_op *op);
/* Runs all chunks, several threads at once where there are several; the last one calls `after`. */
void sd_run_chunks(sd_op *op, bool (*move)(sd_op *op, sd_chunk *chunk), void (*after)(sd_op *op));

/* Starts the ring on first use; false when it cannot be had. */
bool sd_ring_ready(sd_engine *engine);
void sd_ring_push(sd_engine *engine, sd_op *op);
/* Stops the thread once idle; later pushes come back cancelled. */
void sd_ring_close(sd_engine *engine);
/* After the last possible push. */
void sd_ring_free(sd_engine *engine);
bool sd_ring_takes(const sd_op *op);

#endif
