/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes: into a file that nobody sees yet, under its final name only when it is whole. commit.c names it.
 */
#include "write.h"

#include <sys/stat.h>


/* Without a size known beforehand, or for small ones, allocating costs a call and gains nothing. */
static bool worth_allocating(const sd_op *op) { return op->size >= op->engine->limits.allocate_bytes; }

static int open_anonymous(int parent, int direct) {
  /* O_RDWR: an O_WRONLY descriptor cannot be read back through, and costs the same. */
  return openat(parent, ".", O_TMPFILE | O_RDWR | O_CLOEXEC | direct, 0666);
}

static int open_named(const sd_op *op, int parent, int direct) {
  int fd = openat(parent, op->temp, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL | direct, 0666);
  if (fd < 0 && errno == EINVAL) {
    /* The kernel creates the file before it asks the file system for O_DIRECT. */
    unlinkat(parent, op->temp, 0);
    errno = EINVAL;
  }
  return fd;
}

/* File systems without O_TMPFILE say EOPNOTSUPP, old kernels EISDIR, some FUSE EINVAL or ENOSYS. */
static bool lacks_anonymous(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == ENOSYS || error == ENOENT || error == EINVAL;
}

static int open_data_file(sd_op *op, int parent, bool *anonymous, bool *direct) {
  int wanted = *direct ? O_DIRECT : 0;
  *anonymous = !SD_LOAD(&op->engine->no_anonymous);
  int fd = -1;
  if (*anonymous) {
    fd = open_anonymous(parent, wanted);
    if (fd >= 0 || !lacks_anonymous(errno)) return fd;
    *anonymous = false;
  }
  fd = open_named(op, parent, wanted);
  if (fd >= 0 || errno != EINVAL || !*direct) return fd;
  op->results |= SD_RESULT_REFUSED;
  if (!(op->flags & SD_FLAG_FALLBACK)) {
    errno = EINVAL;
    return -1;
  }
  /* It is O_DIRECT that is refused, and without it an anonymous file may work after all. */
  *direct = false;
  *anonymous = !SD_LOAD(&op->engine->no_anonymous);
  if (*anonymous) {
    fd = open_anonymous(parent, 0);
    if (fd >= 0) return fd;
    *anonymous = false;
  }
  return open_named(op, parent, 0);
}

/* Refuses at once what the commit would refuse after all the writing. */
static bool may_take_name(sd_op *op, int parent) {
  sd_stat there;
  if (sd_stat_at(parent, op->target, &there) != 0) return true;
  if (op->flags & SD_FLAG_CREATE_ONLY)
    sd_fail(op, SD_STEP_LINK, EEXIST);
  else if (!S_ISREG(there.mode) && !S_ISLNK(there.mode))
    sd_fail(op, SD_STEP_TYPE, S_ISDIR(there.mode) ? EISDIR : EINVAL);
  return !sd_failed(op);
}

static bool open_for_write(sd_op *op) {
  int parent = sd_open_path(op, O_RDONLY | O_DIRECTORY, false);
  if (parent < 0) {
    sd_fail(op, SD_STEP_OPEN_PARENT, sd_errno());
    return false;
  }
  if (!may_take_name(op, parent)) {
    close(parent);
    return false;
  }
  bool anonymous;
  bool direct = (op->flags & SD_FLAG_DIRECT) != 0;
  int fd = open_data_file(op, parent, &anonymous, &direct);
  int error = fd < 0 ? sd_errno() : 0;
  sd_file *file = fd < 0 ? NULL : sd_file_new(fd);
  if (file == NULL) {
    sd_fail(op, SD_STEP_OPEN, error == 0 ? ENOMEM : error);
    if (fd >= 0) close(fd);
    close(parent);
    return false;
  }
  file->parent_fd = parent;
  file->anonymous = anonymous;
  file->direct = direct;
  op->file = file;
  error = sd_stat_fd(fd, &op->stat);
  if (error != 0) sd_fail(op, SD_STEP_STAT, error);
  if (sd_failed(op) || !sd_file_align(op, file)) return false;
  if (worth_allocating(op)) {
    uint64_t room = sd_pads_last_block(op) ? sd_round_up(op->size, file->offset_alignment) : op->size;
    long failed = syscall(SYS_fallocate, fd, 0, (off_t)0, (off_t)room);
    if (failed == 0 && room != op->size) file->padded = true;
    if (failed != 0 && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS && errno != EINTR)
      sd_fail(op, SD_STEP_ALLOCATE, sd_errno());
  }
  return !sd_failed(op);
}

static bool move_out(sd_op *op, sd_chunk *chunk) {
  int fd = chunk->buffered ? sd_file_buffered(op->file) : op->file->fd;
  if (chunk->buffered) __atomic_or_fetch(&op->results, SD_RESULT_EDGES, __ATOMIC_ACQ_REL);
  if (fd < 0) {
    sd_fail(op, SD_STEP_OPEN, sd_errno());
    return false;
  }
  uint64_t done = 0;
  while (done < chunk->length) {
    ssize_t put = pwrite(fd, chunk->address + done, chunk->length - done, (off_t)(chunk->offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      sd_fail(op, SD_STEP_WRITE, put == 0 ? ENOSPC : sd_errno());
      return false;
    }
    done += (uint64_t)put;
  }
  return true;
}

static void complete(sd_op *op) {
  if (!sd_stopped(op) && (op->phases & SD_PHASE_SEAL)) sd_seal(op);
  if (!sd_stopped(op) && (op->phases & SD_PHASE_COMMIT)) sd_commit(op);
  sd_finish(op);
}

static void transfer(sd_op *op);

/* O_DIRECT that was granted at open and refused at the first write: nothing was written yet, or it is written again. */
static bool retry_buffered(sd_op *op) {
  int error = sd_failure_errno(op);
  bool refused = sd_failure_step(op) == SD_STEP_WRITE && (error == EINVAL || error == EOPNOTSUPP);
  if (!refused || !op->file->direct || op->retried_buffered || !(op->flags & SD_FLAG_FALLBACK)) return false;
  /* On a borrowed descriptor others may be under way: what they planned is aligned, and that is right buffered too. */
  if (!sd_file_make_buffered(op->file)) return false;
  op->retried_buffered = true;
  op->results |= SD_RESULT_REFUSED;
  op->failure = 0;
  return true;
}

static void transferred(sd_op *op) {
  if (sd_failed(op) && retry_buffered(op))
    transfer(op);
  else
    complete(op);
}

static void transfer(sd_op *op) {
  sd_plan_write(op);
  sd_run_chunks(op, move_out, transferred);
}

void sd_write_start(sd_op *op) {
  bool ready = !sd_stopped(op);
  if (ready) ready = op->fd >= 0 ? sd_file_borrow(op) : open_for_write(op);
  if (ready && (op->phases & SD_PHASE_TRANSFER) && op->segment_count > 0 && op->segments[0].length > 0)
    transfer(op);
  else
    complete(op);
}
