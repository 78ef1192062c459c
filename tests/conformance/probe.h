/* SPDX-License-Identifier: MIT */
/*
 * What a case may ask that no public call of Microsoft or NVIDIA shows, and the facts about the
 * machine that a report begins with. On Windows the first part knows nothing: cases that need
 * it begin with NEEDS_PROBE().
 */
#ifndef ISTHMUS_CONFORMANCE_PROBE_H
#define ISTHMUS_CONFORMANCE_PROBE_H

#include <d3d11.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether the functions of this part know anything. */
bool probe_available(void);
/* Whether our own implementation runs on a GPU; Windows' does what Windows does. */
bool probe_on_gpu(void);
/* How many shareable objects (resources, fences, events) this process keeps alive. */
size_t probe_live(void);
/* How many processes hold the object with that global number; 0 where nobody knows it. */
size_t probe_holders(HANDLE number);
/* Makes the device answer as one that was removed. False where that cannot be simulated. */
bool probe_remove_device(ID3D11Device *device);
/* The reason of this thread's last refusal; "" where there is none to be had. */
const char *probe_explain(void);

/* NULL if CUDA can be called, otherwise the reason why not. */
const char *probe_cuda_missing(void);

struct probe_machine {
    char tool[32];    /* our version */
    char device[128]; /* the D3D11 adapter */
    char driver[128]; /* its version */
    char cuda[64];    /* of the runtime and the driver, or why there is none */
    char system[128]; /* Windows' build, or the kernel */
};

/* The parts of it that each system knows in its own way. */
const char *probe_tool(void);
void probe_system(char *out, size_t size);

/* What cannot be found out stays "unknown". Makes and releases a DXGI factory. */
void probe_machine(struct probe_machine *out);

#endif
