/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOWAGE_WRITE_H
#define STOWAGE_WRITE_H

#include "engine.h"

/* The data is all there: exact size, modification time, fsync as asked; op->stat is then final. */
void sd_seal(sd_op *op);
/* Gives the file its name, atomically; then fsync of the directory as asked. */
void sd_commit(sd_op *op);

/* Names an anonymous file. 0 or errno. */
int sd_link_descriptor(int fd, int parent, const char *name);

#endif
