/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <linux/openat2.h>
#include <sys/stat.h>

/* struct statx as of Linux 6.1 (the C library's may be older); the layout is kernel ABI. */
typedef struct {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, user, group;
  uint16_t mode, spare0;
  uint64_t inode, size, blocks, attributes_mask;
  struct {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t reserved;
  } accessed, created, changed, modified;
  uint32_t rdev_major, rdev_minor, device_major, device_minor;
  uint64_t mount;
  uint32_t dio_memory_alignment, dio_offset_alignment;
  uint64_t spare[12];
} kernel_statx;

_Static_assert(sizeof(kernel_statx) == 256, "struct statx is 256 bytes");

#define WANTED_BASIC 0x7ffU
#define WANTED_DIOALIGN 0x2000U

static int stat_path(int directory, const char *path, int flags, sd_stat *stat) {
  kernel_statx got;
  memset(&got, 0, sizeof got);
  if (syscall(SYS_statx, directory, path, flags, WANTED_BASIC | WANTED_DIOALIGN, &got) != 0) return sd_errno();
  stat->inode = got.inode;
  stat->device = ((uint64_t)got.device_major << 32) | got.device_minor;
  stat->size = got.size;
  stat->modified_ns = got.modified.seconds * 1000000000 + got.modified.nanoseconds;
  stat->mode = got.mode;
  stat->links = got.links;
  stat->alignment_reported = (got.mask & WANTED_DIOALIGN) != 0;
  stat->memory_alignment = got.dio_memory_alignment;
  stat->offset_alignment = got.dio_offset_alignment;
  return 0;
}

int sd_stat_fd(int fd, sd_stat *stat) { return stat_path(fd, "", AT_EMPTY_PATH, stat); }

int sd_stat_at(int directory, const char *name, sd_stat *stat) {
  return stat_path(directory, name, AT_SYMLINK_NOFOLLOW, stat);
}

static int open_resolved(int directory, const char *path, int flags, uint64_t resolve) {
  if (resolve == 0) return openat(directory, path, flags);
  struct open_how how = {.flags = (uint64_t)(unsigned)flags, .mode = 0, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

uint64_t sd_open_confinement(const sd_op *op) {
  return op->flags & SD_FLAG_FOLLOW ? 0 : RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
}

int sd_open_path(const sd_op *op, int flags, bool only_cached) {
  uint64_t cached = only_cached ? RESOLVE_CACHED : 0;
  uint64_t confined = sd_open_confinement(op);
  flags |= O_CLOEXEC | O_NOCTTY;
  if (op->root_length == 0 || confined == 0) return open_resolved(AT_FDCWD, op->path, flags, confined | cached);
  char *rest = op->path + op->root_length;
  if (*rest == 0) return open_resolved(AT_FDCWD, op->path, flags, cached);
  /* `path` is this operation's own: cut for a moment. */
  *rest = 0;
  int root = open_resolved(AT_FDCWD, op->path, O_PATH | O_DIRECTORY | O_CLOEXEC, cached);
  *rest = '/';
  if (root < 0) return -1;
  int fd = open_resolved(root, rest + 1, flags, confined | cached);
  int error = errno;
  close(root);
  errno = error;
  return fd;
}

sd_file *sd_file_new(int fd) {
  sd_file *file = calloc(1, sizeof *file);
  if (file == NULL) return NULL;
  file->fd = fd;
  file->buffered_fd = -1;
  file->parent_fd = -1;
  file->memory_alignment = 1;
  file->offset_alignment = 1;
  return file;
}

bool sd_file_make_buffered(sd_file *file) {
  int flags = fcntl(file->fd, F_GETFL);
  if (flags < 0 || fcntl(file->fd, F_SETFL, flags & ~O_DIRECT) != 0) return false;
  file->direct = false;
  file->memory_alignment = 1;
  file->offset_alignment = 1;
  return true;
}

bool sd_file_align(sd_op *op, sd_file *file) {
  if (op->stat.alignment_reported) op->results |= SD_RESULT_REPORTED;
  if (!file->direct) return true;
  if (op->stat.alignment_reported && op->stat.memory_alignment != 0 && op->stat.offset_alignment != 0) {
    file->memory_alignment = op->stat.memory_alignment;
    file->offset_alignment = op->stat.offset_alignment;
    return true;
  }
  if (!op->stat.alignment_reported && op->default_alignment > 0) {
    file->memory_alignment = op->default_alignment;
    file->offset_alignment = op->default_alignment;
    return true;
  }
  op->results |= SD_RESULT_REFUSED;
  if (!(op->flags & SD_FLAG_FALLBACK)) {
    sd_fail(op, SD_STEP_OPEN, EOPNOTSUPP);
    return false;
  }
  if (sd_file_make_buffered(file)) return true;
  sd_fail(op, SD_STEP_OPEN, sd_errno());
  return false;
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. It means nothing to regular files. */
static sd_open_outcome open_descriptor(sd_op *op, bool only_cached, int *fd, bool *direct) {
  *direct = (op->flags & SD_FLAG_DIRECT) != 0;
  *fd = sd_open_path(op, SD_READ_OPEN_FLAGS | (*direct ? O_DIRECT : 0), only_cached);
  if (*fd >= 0) return SD_OPEN_DONE;
  if (only_cached && (errno == EAGAIN || errno == EINVAL)) return SD_OPEN_WOULD_BLOCK;
  if (errno == EINVAL && *direct) {
    /* Either the file system refuses O_DIRECT, or this is a directory: the type check tells. */
    *direct = false;
    op->results |= SD_RESULT_REFUSED;
    *fd = sd_open_path(op, SD_READ_OPEN_FLAGS, only_cached);
    if (*fd >= 0) return SD_OPEN_DONE;
  }
  sd_fail(op, SD_STEP_OPEN, sd_errno());
  return SD_OPEN_FAILED;
}

bool sd_adopt_for_read(sd_op *op, int fd, bool direct) {
  int error = sd_stat_fd(fd, &op->stat);
  if (error != 0) {
    sd_fail(op, SD_STEP_STAT, error);
  } else if (!S_ISREG(op->stat.mode)) {
    sd_fail(op, SD_STEP_TYPE, S_ISDIR(op->stat.mode) ? EISDIR : EINVAL);
  } else if ((op->results & SD_RESULT_REFUSED) && !(op->flags & SD_FLAG_FALLBACK)) {
    sd_fail(op, SD_STEP_OPEN, EINVAL);
  }
  sd_file *file = sd_failed(op) ? NULL : sd_file_new(fd);
  if (file == NULL) {
    sd_fail(op, SD_STEP_MEMORY, ENOMEM); /* keeps an earlier failure */
    close(fd);
    return false;
  }
  file->direct = direct;
  op->file = file;
  if (sd_file_align(op, file)) return true;
  sd_file_close(op);
  return false;
}

sd_open_outcome sd_open_for_read(sd_op *op, bool only_cached) {
  int fd;
  bool direct;
  sd_open_outcome outcome = open_descriptor(op, only_cached, &fd, &direct);
  if (outcome != SD_OPEN_DONE) return outcome;
  return sd_adopt_for_read(op, fd, direct) ? SD_OPEN_DONE : SD_OPEN_FAILED;
}

bool sd_file_borrow(sd_op *op) {
  int flags = fcntl(op->fd, F_GETFL);
  int error = flags < 0 ? sd_errno() : sd_stat_fd(op->fd, &op->stat);
  if (error != 0) {
    sd_fail(op, SD_STEP_STAT, error);
    return false;
  }
  op->file = sd_file_new(op->fd);
  if (op->file == NULL) {
    sd_fail(op, SD_STEP_MEMORY, ENOMEM);
    return false;
  }
  op->file->borrowed = true;
  op->file->direct = (flags & O_DIRECT) != 0;
  return sd_file_align(op, op->file);
}

int sd_file_buffered(sd_file *file) {
  if (!file->direct) return file->fd;
  int opened = SD_LOAD(&file->buffered_fd);
  if (opened >= 0) return opened;
  char path[SD_DESCRIPTOR_PATH_BYTES];
  sd_descriptor_path(file->fd, path);
  opened = open(path, O_RDWR | O_CLOEXEC);
  if (opened < 0) return -1;
  int before = -1;
  if (__atomic_compare_exchange_n(&file->buffered_fd, &before, opened, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return opened;
  close(opened); /* another chunk was faster */
  return before;
}

void sd_descriptor_path(int fd, char path[SD_DESCRIPTOR_PATH_BYTES]) {
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

void sd_file_close(sd_op *op) {
  sd_file *file = op->file;
  op->file = NULL;
  if (file->buffered_fd >= 0) close(file->buffered_fd);
  if (!file->borrowed) close(file->fd);
  if (file->parent_fd >= 0) {
    if (!file->anonymous && !file->committed) unlinkat(file->parent_fd, op->temp, 0);
    close(file->parent_fd);
  }
  free(file);
}
