/* SPDX-License-Identifier: Apache-2.0
 *
 * The two shared queues of io_uring, by raw system calls (liburing would be a dependency for three of them).
 */
#ifndef STOWAGE_RING_QUEUE_H
#define STOWAGE_RING_QUEUE_H

#include "platform.h"

#include <linux/io_uring.h>
#include <linux/openat2.h>

typedef struct sd_ring_queue {
  int fd;
  void *submission_map, *completion_map;
  size_t submission_size, completion_size, entries_size;
  uint32_t *submission_tail, *submission_mask, *submission_array;
  uint32_t *completion_head, *completion_tail, *completion_mask;
  struct io_uring_sqe *entries;
  struct io_uring_cqe *completions;
  uint32_t tail;      /* our copy of the submission tail */
  uint32_t unsubmitted;
  uint32_t room;      /* entries that may be queued before the next enter */
  bool quiet_success; /* entries may ask for no completion when they succeed (Linux 5.17) */
} sd_ring_queue;

/* 0, or the errno with which the kernel (or a seccomp filter) refused. */
int sd_ring_queue_open(sd_ring_queue *queue, uint32_t entries);
void sd_ring_queue_close(sd_ring_queue *queue);
/* Queues a read; it is given to the kernel by the next sd_ring_queue_enter. The caller never has more than `entries`
 * reads and openings at once. */
void sd_ring_queue_read(sd_ring_queue *queue, int fd, void *address, uint32_t length, uint64_t offset, uint64_t token,
                        bool forced_async);
/* Queues opening a file; `path` and `how` must stay until the next sd_ring_queue_enter. The result is a descriptor. */
void sd_ring_queue_open_file(sd_ring_queue *queue, const char *path, const struct open_how *how, uint64_t token);
/* Queues closing a descriptor, of which only failure is told, with `token`. False: not here, or no room. */
bool sd_ring_queue_close_file(sd_ring_queue *queue, int fd, uint64_t token);
/* Submits what is queued and waits for `wait_for` completions. 0 or errno. */
int sd_ring_queue_enter(sd_ring_queue *queue, uint32_t wait_for);
bool sd_ring_queue_next(sd_ring_queue *queue, uint64_t *token, int32_t *result);

#endif
