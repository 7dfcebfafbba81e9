/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting what was asked into chunks that direct I/O accepts. Exactness is decided here: no byte outside the asked
 * range reaches the caller's memory or the file.
 */
#ifndef STOWAGE_TRANSFER_H
#define STOWAGE_TRANSFER_H

#include "op.h"

/* Plan once the file is open: limits ranges to the file's size, takes memory, counts chunks. */
bool sd_plan_read(sd_op *op);
bool sd_plan_write(sd_op *op);
/* The chunk number `index`, with its bounce block (for writes: filled). */
bool sd_chunk_at(sd_op *op, uint32_t index, sd_chunk *chunk);
/* After reading: moves what arrived out of the bounce block. */
void sd_chunk_arrived(sd_op *op, sd_chunk *chunk);
void sd_chunk_done(sd_op *op, sd_chunk *chunk);
/* Gives all memory of the operation back. */
void sd_release_segments(sd_op *op);
/* Most bytes that pass through one bounce block at a time. */
bool sd_plan_bounces(const sd_op *op);

#endif
