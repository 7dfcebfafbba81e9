/* SPDX-License-Identifier: Apache-2.0
 *
 * What direct I/O really does in a directory. A file system may refuse O_DIRECT (ramfs), or accept it and buffer all
 * the same (tmpfs, btrfs). A reported alignment is the proof; where the kernel reports none, a refused misaligned read is.
 */
#include "write.h"

#define LARGEST_ALIGNMENT ((uint64_t)64 << 10)
#define SMALLEST_ALIGNMENT ((uint64_t)512)

static bool lacks_anonymous(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == ENOSYS || error == ENOENT || error == EINVAL;
}

static int make_file(sd_op *op, int parent) {
  int fd = openat(parent, ".", O_TMPFILE | O_RDWR | O_CLOEXEC | O_DIRECT, 0600);
  if (fd >= 0) {
    /* Without a way to name it (no /proc, a network file system) an anonymous file is of no use. */
    if (sd_link_descriptor(fd, parent, op->temp) == 0)
      unlinkat(parent, op->temp, 0);
    else
      SD_STORE(&op->engine->no_anonymous, true);
    return fd;
  }
  if (!lacks_anonymous(errno)) return -1;
  fd = openat(parent, op->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_DIRECT, 0600);
  int error = errno;
  /* Also where it failed: the kernel creates the file before it asks the file system for O_DIRECT. */
  if (fd >= 0 || error == EINVAL) unlinkat(parent, op->temp, 0);
  errno = error;
  return fd;
}

static bool reads(int fd, char *address, uint64_t length, uint64_t offset, int *error) {
  ssize_t got = pread(fd, address, length, (off_t)offset);
  *error = got < 0 ? errno : 0;
  return got >= 0;
}

/* The smallest power of two that a misaligned read is not refused for; 0: nothing is refused, so it is buffered. */
static uint32_t probe_alignment(sd_op *op, int fd, bool of_memory) {
  sd_block block;
  uint32_t found = 0;
  int error = 0;
  if (!sd_block_take(&op->engine->pool, 2 * LARGEST_ALIGNMENT, &block)) return 0;
  char *aligned = (char *)sd_round_up((uint64_t)(uintptr_t)block.address, LARGEST_ALIGNMENT);
  if (!reads(fd, aligned + (of_memory ? 1 : 0), SD_UNIT, of_memory ? 0 : 1, &error) && error == EINVAL) {
    for (uint64_t step = SMALLEST_ALIGNMENT; step <= LARGEST_ALIGNMENT && found == 0; step *= 2) {
      uint64_t shift = step == LARGEST_ALIGNMENT ? 0 : step;
      if (reads(fd, aligned + (of_memory ? shift : 0), of_memory ? LARGEST_ALIGNMENT : step, of_memory ? 0 : step, &error))
        found = (uint32_t)step;
    }
  }
  sd_block_give(&op->engine->pool, &block);
  return found;
}

static void probe_file(sd_op *op, int fd) {
  sd_block block;
  int error = sd_stat_fd(fd, &op->stat);
  if (error != 0) {
    sd_fail(op, SD_STEP_STAT, error);
    return;
  }
  if (op->stat.alignment_reported) {
    op->results |= SD_RESULT_REPORTED;
    if (op->stat.offset_alignment != 0) op->results |= SD_RESULT_DIRECT;
    return;
  }
  if (!sd_block_take(&op->engine->pool, LARGEST_ALIGNMENT, &block)) {
    sd_fail(op, SD_STEP_MEMORY, ENOMEM);
    return;
  }
  memset(block.address, 0, LARGEST_ALIGNMENT);
  ssize_t put = pwrite(fd, block.address, LARGEST_ALIGNMENT, 0);
  if (put < 0) sd_fail(op, SD_STEP_WRITE, sd_errno());
  sd_block_give(&op->engine->pool, &block);
  if (put < 0) return;
  uint32_t offset = probe_alignment(op, fd, false);
  uint32_t memory = probe_alignment(op, fd, true);
  op->stat.offset_alignment = offset;
  op->stat.memory_alignment = memory == 0 ? 1 : memory;
  if (offset != 0) op->results |= SD_RESULT_DIRECT;
}

void sd_probe(sd_op *op) {
  int parent = open(op->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) {
    sd_fail(op, SD_STEP_OPEN_PARENT, sd_errno());
    return;
  }
  int fd = make_file(op, parent);
  if (fd < 0) {
    if (errno == EINVAL) op->results |= SD_RESULT_REFUSED;
    sd_fail(op, SD_STEP_OPEN, sd_errno());
  } else {
    probe_file(op, fd);
    close(fd);
  }
  close(parent);
}
