/* SPDX-License-Identifier: Apache-2.0
 *
 * From a complete but nameless file to an object: the only place where something becomes visible.
 */
#include "write.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define RENAME_NO_REPLACE 1U /* linux/fs.h; old C libraries lack it */

/* Times are set, not left to the kernel, whose clock for files ticks every few milliseconds: two versions of one
 * size written within a tick to a reused inode would have the same etag. */
static void set_modified(sd_op *op) {
  struct timespec times[2];
  sd_stat before;
  if (clock_gettime(CLOCK_REALTIME, &times[1]) != 0) {
    sd_fail(op, SD_STEP_TIMES, sd_errno());
    return;
  }
  if (sd_stat_at(op->file->parent_fd, op->file->target, &before) == 0) {
    int64_t now = times[1].tv_sec * 1000000000LL + times[1].tv_nsec;
    if (now <= before.modified_ns) now = before.modified_ns + 1;
    times[1].tv_sec = now / 1000000000LL;
    times[1].tv_nsec = now % 1000000000LL;
  }
  times[0] = (struct timespec){.tv_sec = 0, .tv_nsec = UTIME_OMIT};
  if (futimens(op->file->fd, times) != 0) sd_fail(op, SD_STEP_TIMES, sd_errno());
}

void sd_seal(sd_op *op) {
  sd_file *file = op->file;
  if (file->padded) {
    if (ftruncate(file->fd, (off_t)op->size) != 0) {
      sd_fail(op, SD_STEP_TRUNCATE, sd_errno());
      return;
    }
    file->padded = false;
  }
  if (op->flags & SD_FLAG_STAMP) set_modified(op);
  if (!sd_failed(op) && (op->flags & SD_FLAG_SYNC_FILE) && fsync(file->fd) != 0) sd_fail(op, SD_STEP_SYNC, sd_errno());
  if (sd_failed(op)) return;
  int error = sd_stat_fd(file->fd, &op->stat);
  if (error != 0) sd_fail(op, SD_STEP_STAT, error);
}

/* "/proc/self/fd/<fd>", since linkat with AT_EMPTY_PATH needs a capability before Linux 6.10. */
static void descriptor_path(int fd, char path[32]) {
  static const char prefix[] = "/proc/self/fd/";
  char digits[12];
  size_t count = 0;
  do digits[count++] = (char)('0' + fd % 10);
  while ((fd /= 10) > 0);
  memcpy(path, prefix, sizeof prefix - 1);
  char *end = path + sizeof prefix - 1;
  while (count > 0) *end++ = digits[--count];
  *end = 0;
}

int sd_link_descriptor(int fd, int parent, const char *name) {
  if (linkat(fd, "", parent, name, AT_EMPTY_PATH) == 0) return 0;
  if (errno != ENOENT && errno != EINVAL && errno != EPERM) return sd_errno();
  char path[32];
  descriptor_path(fd, path);
  return linkat(AT_FDCWD, path, parent, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : sd_errno();
}

static void commit_named(sd_op *op, sd_file *file) {
  bool create_only = (op->flags & SD_FLAG_CREATE_ONLY) != 0;
  if (!create_only) {
    if (renameat(file->parent_fd, file->temp, file->parent_fd, file->target) != 0) sd_fail(op, SD_STEP_RENAME, sd_errno());
    return;
  }
  long failed = syscall(SYS_renameat2, file->parent_fd, file->temp, file->parent_fd, file->target, RENAME_NO_REPLACE);
  if (failed == 0) return;
  if (errno != EINVAL && errno != ENOSYS) {
    sd_fail(op, SD_STEP_RENAME, sd_errno());
    return;
  }
  /* File systems without RENAME_NOREPLACE: a link never replaces. */
  if (linkat(file->parent_fd, file->temp, file->parent_fd, file->target, 0) != 0)
    sd_fail(op, SD_STEP_LINK, sd_errno());
  else
    unlinkat(file->parent_fd, file->temp, 0);
}

static void commit_anonymous(sd_op *op, sd_file *file) {
  int error = sd_link_descriptor(file->fd, file->parent_fd, file->target);
  if (error == 0) return;
  if (error != EEXIST || (op->flags & SD_FLAG_CREATE_ONLY)) {
    sd_fail(op, SD_STEP_LINK, error);
    return;
  }
  /* A link cannot replace: it takes a temporary name for the moment before the rename. */
  error = sd_link_descriptor(file->fd, file->parent_fd, file->temp);
  if (error != 0) {
    sd_fail(op, SD_STEP_LINK, error);
    return;
  }
  file->anonymous = false; /* from here closing removes the temporary name */
  if (renameat(file->parent_fd, file->temp, file->parent_fd, file->target) != 0) sd_fail(op, SD_STEP_RENAME, sd_errno());
}

void sd_commit(sd_op *op) {
  sd_file *file = op->file;
  if (file->anonymous)
    commit_anonymous(op, file);
  else
    commit_named(op, file);
  if (sd_failed(op)) return;
  file->committed = true;
  if ((op->flags & SD_FLAG_SYNC_DIRECTORY) && fsync(file->parent_fd) != 0)
    sd_fail(op, SD_STEP_SYNC_DIRECTORY, sd_errno());
}
