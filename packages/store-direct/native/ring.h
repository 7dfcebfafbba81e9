/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ring's thread (ring.c) and those who start, feed and stop it (ring_start.c) share.
 */
#ifndef STOWAGE_RING_H
#define STOWAGE_RING_H

#include "engine.h"
#include "ring_queue.h"

typedef struct transfer {
  struct transfer *next;
  sd_op *op;
  bool opening; /* of the operation's file; else `chunk` is being read */
  struct open_how how;
  sd_chunk chunk;
  uint64_t done;
} transfer;

typedef struct sd_ring {
  pthread_t thread;
  sd_engine *engine;
  sd_ring_queue queue;
  int wake_fd;
  uint64_t wake_value;
  pthread_mutex_t lock;
  pthread_cond_t started;
  sd_op *inbox_first, *inbox_last;
  sd_op *taken; /* from the inbox, and not begun */
  bool asleep;
  bool stopping;
  bool tried;
  int error;
  transfer *transfers; /* one for each entry of the ring */
  transfer *spare;
  uint32_t in_flight;
  uint64_t last_length; /* bytes of the latest read, as a measure of the next */
  sd_op *over_first, *over_last; /* finished since the last visit to the kernel */
} sd_ring;

/* The thread's body: probes, then runs until stopped and idle. */
void *sd_ring_main(void *ring);

#endif
