/* SPDX-License-Identifier: Apache-2.0 */
#include "ring_queue.h"

static int setup(uint32_t entries, struct io_uring_params *parameters) {
  /* Newest first. One issuer that runs its own completion work saves a task switch a read; older kernels say EINVAL. */
  static const uint32_t flags[] = {
      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
      IORING_SETUP_COOP_TASKRUN,
      0,
  };
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    memset(parameters, 0, sizeof *parameters);
    parameters->flags = flags[i];
    int fd = (int)syscall(SYS_io_uring_setup, entries, parameters);
    if (fd >= 0 || errno != EINVAL) return fd;
  }
  return -1;
}

static void *map_ring(int fd, size_t size, uint64_t what) {
  void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, (off_t)what);
  return mapped == MAP_FAILED ? NULL : mapped;
}

int sd_ring_queue_open(sd_ring_queue *queue, uint32_t entries) {
  struct io_uring_params parameters;
  memset(queue, 0, sizeof *queue);
  /* As many again for closing files. */
  queue->fd = setup(2 * entries, &parameters);
  if (queue->fd < 0) return sd_errno();
  queue->room = entries;
  queue->quiet_success = (parameters.features & IORING_FEAT_CQE_SKIP) != 0;
  queue->submission_size = parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t);
  queue->completion_size = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
  queue->entries_size = parameters.sq_entries * sizeof(struct io_uring_sqe);
  queue->submission_map = map_ring(queue->fd, queue->submission_size, IORING_OFF_SQ_RING);
  queue->completion_map = map_ring(queue->fd, queue->completion_size, IORING_OFF_CQ_RING);
  queue->entries = map_ring(queue->fd, queue->entries_size, IORING_OFF_SQES);
  if (queue->submission_map == NULL || queue->completion_map == NULL || queue->entries == NULL) {
    int error = sd_errno();
    sd_ring_queue_close(queue);
    return error;
  }
  char *submission = queue->submission_map;
  char *completion = queue->completion_map;
  queue->submission_tail = (uint32_t *)(submission + parameters.sq_off.tail);
  queue->submission_mask = (uint32_t *)(submission + parameters.sq_off.ring_mask);
  queue->submission_array = (uint32_t *)(submission + parameters.sq_off.array);
  queue->completion_head = (uint32_t *)(completion + parameters.cq_off.head);
  queue->completion_tail = (uint32_t *)(completion + parameters.cq_off.tail);
  queue->completion_mask = (uint32_t *)(completion + parameters.cq_off.ring_mask);
  queue->completions = (struct io_uring_cqe *)(completion + parameters.cq_off.cqes);
  queue->tail = *queue->submission_tail;
  return 0;
}

void sd_ring_queue_close(sd_ring_queue *queue) {
  if (queue->entries != NULL) munmap(queue->entries, queue->entries_size);
  if (queue->completion_map != NULL) munmap(queue->completion_map, queue->completion_size);
  if (queue->submission_map != NULL) munmap(queue->submission_map, queue->submission_size);
  close(queue->fd);
}

static struct io_uring_sqe *next_entry(sd_ring_queue *queue, uint8_t operation, int fd, uint64_t token) {
  uint32_t index = queue->tail & *queue->submission_mask;
  struct io_uring_sqe *entry = &queue->entries[index];
  memset(entry, 0, sizeof *entry);
  entry->opcode = operation;
  entry->fd = fd;
  entry->user_data = token;
  queue->submission_array[index] = index;
  queue->tail++;
  queue->unsubmitted++;
  return entry;
}

void sd_ring_queue_read(sd_ring_queue *queue, int fd, void *address, uint32_t length, uint64_t offset, uint64_t token,
                        bool forced_async) {
  struct io_uring_sqe *entry = next_entry(queue, IORING_OP_READ, fd, token);
  entry->flags = forced_async ? IOSQE_ASYNC : 0;
  entry->addr = (uint64_t)(uintptr_t)address;
  entry->len = length;
  entry->off = offset;
}

void sd_ring_queue_open_file(sd_ring_queue *queue, const char *path, const struct open_how *how, uint64_t token) {
  struct io_uring_sqe *entry = next_entry(queue, IORING_OP_OPENAT2, AT_FDCWD, token);
  entry->addr = (uint64_t)(uintptr_t)path;
  entry->len = sizeof *how;
  entry->off = (uint64_t)(uintptr_t)how;
}

bool sd_ring_queue_close_file(sd_ring_queue *queue, int fd, uint64_t token) {
  if (!queue->quiet_success || queue->unsubmitted >= queue->room) return false;
  next_entry(queue, IORING_OP_CLOSE, fd, token)->flags = IOSQE_CQE_SKIP_SUCCESS;
  return true;
}

int sd_ring_queue_enter(sd_ring_queue *queue, uint32_t wait_for) {
  SD_STORE(queue->submission_tail, queue->tail);
  long done = syscall(SYS_io_uring_enter, queue->fd, queue->unsubmitted, wait_for, IORING_ENTER_GETEVENTS, NULL, 0);
  if (done < 0) return errno == EINTR ? 0 : sd_errno();
  queue->unsubmitted -= (uint32_t)done < queue->unsubmitted ? (uint32_t)done : queue->unsubmitted;
  return 0;
}

bool sd_ring_queue_next(sd_ring_queue *queue, uint64_t *token, int32_t *result) {
  uint32_t head = *queue->completion_head;
  if (head == SD_LOAD(queue->completion_tail)) return false;
  struct io_uring_cqe *completion = &queue->completions[head & *queue->completion_mask];
  *token = completion->user_data;
  *result = completion->res;
  SD_STORE(queue->completion_head, head + 1);
  return true;
}
