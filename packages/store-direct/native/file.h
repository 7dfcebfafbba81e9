/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, examining and closing files: everything that knows paths.
 */
#ifndef STOWAGE_FILE_H
#define STOWAGE_FILE_H

#include "op.h"

/* Opens op->path; symbolic links are refused (ELOOP) behind op->root_length unless the operation may follow them.
 * `only_cached`: EAGAIN instead of waiting for the disk. */
int sd_open_path(const sd_op *op, int flags, bool only_cached);
int sd_stat_fd(int fd, sd_stat *stat);
int sd_stat_at(int directory, const char *name, sd_stat *stat);

typedef enum { SD_OPEN_DONE, SD_OPEN_FAILED, SD_OPEN_WOULD_BLOCK } sd_open_outcome;

/* Opens op->path for reading, refuses what is not a regular file, and learns size, identity and alignment.
 * `only_cached`: SD_OPEN_WOULD_BLOCK instead of waiting for the disk. */
sd_open_outcome sd_open_for_read(sd_op *op, bool only_cached);

/* The same in two halves, for those who have the kernel open many files at once. */
#define SD_READ_OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
/* What openat2 must refuse on the way to the file, unless the operation may follow links. */
uint64_t sd_open_confinement(const sd_op *op);
/* The descriptor becomes the operation's file, or is closed and the operation has failed. */
bool sd_adopt_for_read(sd_op *op, int fd, bool direct);

sd_file *sd_file_new(int fd);
/* The caller's descriptor op->fd as a file: what it is, and how it wants to be aligned. */
bool sd_file_borrow(sd_op *op);
/* Takes over what statx said about alignment; a file that cannot do direct I/O is switched to buffered or refused. */
bool sd_file_align(sd_op *op, sd_file *file);
/* Switches the descriptor to buffered I/O. Only while nothing is in flight on it. */
bool sd_file_make_buffered(sd_file *file);
/* A buffered descriptor of the same file for writing, or -1. */
int sd_file_buffered(sd_file *file);
/* Closes, unless borrowed; removes the named temporary file unless committed. */
void sd_file_close(sd_op *op);

/* "/proc/self/fd/<fd>": the name by which an open file can be linked or opened again. */
#define SD_DESCRIPTOR_PATH_BYTES 32
void sd_descriptor_path(int fd, char path[SD_DESCRIPTOR_PATH_BYTES]);

#endif
