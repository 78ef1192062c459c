/* SPDX-License-Identifier: MIT */
/*
 * What the walk sends its bytes through when it tries fences and keyed mutexes: a small buffer
 * that both sides see, and memory of the host that copies may use while the host does other
 * work.
 */
#ifndef ISTHMUS_TOOLS_DEMO_LANE_H
#define ISTHMUS_TOOLS_DEMO_LANE_H

#include "demo/mapping.h"
#include "demo/object.h"
#include "demo/share.h"

#include <stdatomic.h>
#include <stdbool.h>

#define LANE_BYTES 4096u

struct lane {
    struct rig *rig;
    const char *name; /* of the path that is tried, for messages */
    ID3D11Resource *buffer;
    ID3D11Resource *staging;
    struct mapping mapping;
    unsigned char *to_cuda; /* page-locked: what a stream copies into the buffer */
    unsigned char *landing; /* page-locked: what a stream copies out of it */
    unsigned char expected[LANE_BYTES];
    unsigned char found[LANE_BYTES];
    atomic_bool gate_open; /* the main thread stores, a host function of the stream loads */
    atomic_bool gate_late; /* the host function stores, the main thread loads */
    uint64_t bytes;        /* compared so far */
};

/* The buffer with its staging twin, and the host's memory; nothing is imported yet. */
bool lane_open(struct lane *lane, struct rig *rig, const char *name, UINT misc_flags);
/*
 * Lets the stream come to its end first, so nothing that it uses goes away. Takes half a lane.
 */
bool lane_close(struct lane *lane);

/* Maps the buffer into CUDA. */
bool lane_import(struct lane *lane, const struct share *share);

/* In the order of the stream: a stop until lane_open_gate(), and the two copies. */
bool lane_stream_gate(struct lane *lane);
bool lane_stream_write(struct lane *lane, uint64_t seed);
bool lane_stream_read(struct lane *lane);
void lane_open_gate(struct lane *lane);

/* In the order of the D3D11 context: the two copies. */
void lane_d3d11_write(struct lane *lane, uint64_t seed);
void lane_d3d11_read(struct lane *lane);

/* Wait for what was copied out and compare it with the pattern of the seed. */
bool lane_check_stream(struct lane *lane, uint64_t seed);
bool lane_check_d3d11(struct lane *lane, uint64_t seed);

#endif
