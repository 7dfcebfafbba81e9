/* SPDX-License-Identifier: Apache-2.0
 *
 * From a complete but nameless file to an object: the only place where something becomes visible.
 */
#include "write.h"

#include <stdio.h> /* renameat */
#include <sys/stat.h>
#include <time.h>

#define RENAME_NO_REPLACE 1U /* linux/fs.h; old C libraries lack it */

#define US_PER_SECOND 1000000LL
#define NS_PER_US 1000LL

/* The time after `modified_us` by the rule of the store (clock.ts in store-file): even microseconds say that the file
 * has no attributes beside it, and whole seconds say nothing, so they are passed over. */
static int64_t next_stamp(int64_t modified_us) {
  int64_t next = modified_us + (modified_us % 2 == 0 ? 2 : 1);
  return next % US_PER_SECOND == 0 ? next + 2 : next;
}

/* The time is set, not left to the kernel, whose clock for files ticks every few milliseconds: two versions of one size
 * written within a tick to a reused inode would have the same etag. */
static void set_modified(sd_op *op) {
  int64_t us = op->modified_us;
  if (sd_stat_at(op->file->parent_fd, op->target, &op->replaced) == 0) {
    op->results |= SD_RESULT_REPLACED;
    if (op->replaced.modified_ns >= us * NS_PER_US) us = next_stamp(op->replaced.modified_ns / NS_PER_US);
  }
  struct timespec times[2] = {
      {.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      {.tv_sec = us / US_PER_SECOND, .tv_nsec = us % US_PER_SECOND * NS_PER_US},
  };
  if (futimens(op->file->fd, times) != 0) sd_fail(op, SD_STEP_TIMES, sd_errno());
}

/* The data that did not fit the alignment went through the page cache: it leaves it again. Only a courtesy to others. */
static void drop_cache(int fd) {
  syscall(SYS_fadvise64, fd, (off_t)0, (off_t)0, POSIX_FADV_DONTNEED);
}

void sd_seal(sd_op *op) {
  sd_file *file = op->file;
  if (file->padded || (file->borrowed && op->stat.size != op->size)) {
    if (ftruncate(file->fd, (off_t)op->size) != 0) {
      sd_fail(op, SD_STEP_TRUNCATE, sd_errno());
      return;
    }
    file->padded = false;
  }
  if (op->flags & SD_FLAG_DROP_CACHE) {
    fdatasync(file->fd);
    drop_cache(file->fd);
  }
  if (op->flags & SD_FLAG_STAMP) set_modified(op);
  if (!sd_failed(op) && (op->flags & SD_FLAG_SYNC_FILE) && fsync(file->fd) != 0) sd_fail(op, SD_STEP_SYNC, sd_errno());
  if (sd_failed(op)) return;
  if ((op->flags & SD_FLAG_SYNC_FILE) && (SD_LOAD(&op->results) & SD_RESULT_EDGES)) drop_cache(file->fd);
  int error = sd_stat_fd(file->fd, &op->stat);
  if (error != 0) sd_fail(op, SD_STEP_STAT, error);
}

int sd_link_descriptor(int fd, int parent, const char *name) {
  if (linkat(fd, "", parent, name, AT_EMPTY_PATH) == 0) return 0;
  if (errno != ENOENT && errno != EINVAL && errno != EPERM) return sd_errno();
  /* AT_EMPTY_PATH needs a capability before Linux 6.10. */
  char path[SD_DESCRIPTOR_PATH_BYTES];
  sd_descriptor_path(fd, path);
  return linkat(AT_FDCWD, path, parent, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : sd_errno();
}

static void commit_named(sd_op *op, sd_file *file) {
  bool create_only = (op->flags & SD_FLAG_CREATE_ONLY) != 0;
  if (!create_only) {
    if (renameat(file->parent_fd, op->temp, file->parent_fd, op->target) != 0) sd_fail(op, SD_STEP_RENAME, sd_errno());
    return;
  }
  long failed = syscall(SYS_renameat2, file->parent_fd, op->temp, file->parent_fd, op->target, RENAME_NO_REPLACE);
  if (failed == 0) return;
  if (errno != EINVAL && errno != ENOSYS) {
    sd_fail(op, SD_STEP_RENAME, sd_errno());
    return;
  }
  /* File systems without RENAME_NOREPLACE: a link never replaces. */
  if (linkat(file->parent_fd, op->temp, file->parent_fd, op->target, 0) != 0)
    sd_fail(op, SD_STEP_LINK, sd_errno());
  else
    unlinkat(file->parent_fd, op->temp, 0);
}

static void commit_anonymous(sd_op *op, sd_file *file) {
  int error = sd_link_descriptor(file->fd, file->parent_fd, op->target);
  if (error == 0) return;
  if (error != EEXIST || (op->flags & SD_FLAG_CREATE_ONLY)) {
    sd_fail(op, SD_STEP_LINK, error);
    return;
  }
  /* A link cannot replace: it takes a temporary name for the moment before the rename. */
  error = sd_link_descriptor(file->fd, file->parent_fd, op->temp);
  if (error != 0) {
    sd_fail(op, SD_STEP_LINK, error);
    return;
  }
  file->anonymous = false; /* from here closing removes the temporary name */
  if (renameat(file->parent_fd, op->temp, file->parent_fd, op->target) != 0) sd_fail(op, SD_STEP_RENAME, sd_errno());
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
