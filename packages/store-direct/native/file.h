/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, examining and closing files: everything that knows paths.
 */
#ifndef STOWAGE_FILE_H
#define STOWAGE_FILE_H

#include "op.h"

/* openat2 with the given RESOLVE_ flags; without any, and where the kernel lacks openat2, plain open. */
int sd_open_path(const char *path, int flags, uint32_t mode, uint64_t resolve);
int sd_stat_fd(int fd, sd_stat *stat);
int sd_stat_at(int directory, const char *name, sd_stat *stat);

typedef enum { SD_OPEN_DONE, SD_OPEN_FAILED, SD_OPEN_WOULD_BLOCK } sd_open_outcome;

/* Opens op->path for reading, refuses what is not a regular file, and learns size, identity and alignment.
 * `only_cached`: SD_OPEN_WOULD_BLOCK instead of waiting for the disk. */
sd_open_outcome sd_open_for_read(sd_op *op, bool only_cached);

sd_file *sd_file_new(int fd);
/* Takes over what statx said about alignment; a file that cannot do direct I/O is switched to buffered or refused. */
bool sd_file_align(sd_op *op, sd_file *file);
/* Switches the descriptor to buffered I/O. Only while nothing is in flight on it. */
bool sd_file_make_buffered(sd_file *file);
/* A buffered descriptor of the same file, or -1. */
int sd_file_buffered(sd_file *file);
/* Closes; removes the named temporary file unless committed or `keep`. */
void sd_file_close(sd_file *file, bool keep);

#endif
