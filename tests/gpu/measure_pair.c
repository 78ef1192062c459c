/* SPDX-License-Identifier: MIT */
/*
 * Between two processes: this one owns buffer, frame and fences and works with D3D11; the
 * partner, the same program once more, finds them by name and works with CUDA. The partner
 * submits a whole run of waits and signals first and says so, then this side submits its own:
 * from then on the GPU hands over by itself.
 */
#include "gpu_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 100 /* of four operations: what a stream takes without blocking its caller */
#define RUNS 9
#define ANSWERS 63 /* the partner's end of the pipe: standard output is for people */

#define NAME_THERE L"Local\\isthmus-gpu-there"
#define NAME_BACK L"Local\\isthmus-gpu-back"
#define NAME_FRAME L"Local\\isthmus-gpu-frame"

static void say(int fd, char byte)
{
    if (write(fd, &byte, 1) != 1)
        exit(1);
}

static char hear(int fd)
{
    char byte;
    if (read(fd, &byte, 1) != 1) {
        fprintf(stderr, "the partner has gone\n");
        exit(1);
    }
    return byte;
}

/* ---- The partner: CUDA, told by letters on its standard input what the next run is ---- */

static void partner_run(CUexternalSemaphore there, CUexternalSemaphore back, uint64_t *at,
                        CUarray frame, CUdeviceptr to)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        ++*at;
        gpu_wait(there, *at);
        if (frame)
            gpu_consume(frame, to);
        gpu_signal(back, *at);
    }
    say(ANSWERS, 'r');
    CU(gpu.sync(gpu.stream));
    say(ANSWERS, 'd');
}

int measure_partner(void)
{
    uint64_t at = 0;
    CUdeviceptr to;
    CUexternalSemaphore there = gpu_import_fence(NULL, NAME_THERE);
    CUexternalSemaphore back = gpu_import_fence(NULL, NAME_BACK);
    CUexternalMemory memory = gpu_import(NULL, NAME_FRAME, FRAME_BYTES);
    CUarray frame = gpu_map_frame(memory);
    CU(gpu.alloc(&to, FRAME_BYTES));
    for (;;) {
        char order = hear(STDIN_FILENO);
        if (order == 'q')
            return 0;
        partner_run(there, back, &at, order == 'f' ? frame : NULL, to);
    }
}

/* ---- This side ---- */

struct pair {
    pid_t partner;
    int orders, answers;
    ID3D11Fence *there, *back;
    ID3D11RenderTargetView *view;
    uint64_t at;
};

static void start_partner(struct pair *pair, const char *self)
{
    int down[2], up[2];
    if (pipe(down) != 0 || pipe(up) != 0)
        exit(1);
    pair->partner = vfork(); /* at once replaced: CUDA does not live in forked children */
    if (pair->partner == 0) {
        dup2(down[0], STDIN_FILENO);
        dup2(up[1], ANSWERS);
        close(down[1]);
        close(up[0]);
        execl(self, self, "partner", (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    pair->orders = down[1];
    pair->answers = up[0];
}

static uint64_t run(struct pair *pair, char order)
{
    say(pair->orders, order);
    hear(pair->answers);
    uint64_t start = gpu_now_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        pair->at++;
        if (order == 'f')
            gpu_produce(pair->view, i);
        HR(ID3D11DeviceContext4_Signal(gpu.context, pair->there, pair->at));
        HR(ID3D11DeviceContext4_Wait(gpu.context, pair->back, pair->at));
    }
    HR(ID3D11Fence_SetEventOnCompletion(pair->back, pair->at, NULL));
    uint64_t took = (gpu_now_ns() - start) / ROUNDS;
    hear(pair->answers);
    return took;
}

static double median_of(struct pair *pair, char order)
{
    uint64_t times[RUNS];
    run(pair, order);
    for (unsigned i = 0; i < RUNS; i++)
        times[i] = run(pair, order);
    return (double)gpu_median(times, RUNS) / 1e3;
}

int measure_pair(const char *self)
{
    int status;
    struct pair pair = {.there = gpu_fence(NAME_THERE), .back = gpu_fence(NAME_BACK)};
    ID3D11Texture2D *frame = gpu_frame();
    gpu_handle(frame, NAME_FRAME); /* open until the program ends */
    pair.view = gpu_view(frame);
    start_partner(&pair, self);
    bool mps = getenv("CUDA_MPS_PIPE_DIRECTORY") != NULL;
    gpu_figure(mps ? "round trip, two processes, MPS" : "round trip, two processes",
               median_of(&pair, 'n'), 0, mps ? 13 : 0, "us");
    gpu_figure(mps ? "4K frame, two processes, MPS" : "4K frame, two processes",
               median_of(&pair, 'f'), 0, mps ? 60 : 0, "us");
    say(pair.orders, 'q');
    return waitpid(pair.partner, &status, 0) == pair.partner && status == 0 ? 0 : 1;
}
