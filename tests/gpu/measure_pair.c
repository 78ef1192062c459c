/* SPDX-License-Identifier: MIT */
/*
 * Between two processes: this one owns buffer, frame and fences and works with D3D11; the
 * partner, the same program once more, finds them by name and works with CUDA. The partner
 * submits a whole run of waits and signals first and says so, then this side submits its own:
 * from then on the GPU hands over by itself.
 */
#include "gpu_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS (gpu.rounds / 2) /* of four operations: a stream takes that without blocking */

#define NAME_THERE L"Local\\isthmus-gpu-there"
#define NAME_BACK L"Local\\isthmus-gpu-back"
#define NAME_FRAME L"Local\\isthmus-gpu-frame"
#define NAME_BUFFER L"Local\\isthmus-gpu-buffer"

static void say(int fd, char byte)
{
    if (write(fd, &byte, 1) != 1)
        exit(1);
}

static char hear(int fd)
{
    char byte;
    int status = 0;
    if (read(fd, &byte, 1) == 1)
        return byte;
    pid_t gone = waitpid(-1, &status, 0); /* the partner has no child */
    fprintf(stderr, "%s has gone: status 0x%x\n", gone > 0 ? "the partner" : "the producer",
            (unsigned)status);
    exit(1);
}

/* ---- The partner: CUDA, told by letters on its standard input what the next run is ---- */

/* k, c: the texture by a kernel, by cuMemcpy; b: the buffer; n: nothing but the fences. */
static void consume(char order, const struct gpu_picture *texture,
                    const struct gpu_picture *buffer, CUdeviceptr to)
{
    if (order == 'k' || order == 'c')
        gpu_consume(texture, order == 'k' ? BY_KERNEL : BY_COPY, to);
    else if (order == 'b')
        gpu_consume(buffer, BY_COPY, to);
}

struct partner {
    CUexternalSemaphore there, back;
    struct gpu_picture texture, buffer;
    CUdeviceptr to;
    uint64_t at;
    int answers; /* a pipe: standard output is for people */
};

static void partner_run(struct partner *p, char order)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        p->at++;
        gpu_wait(p->there, p->at);
        consume(order, &p->texture, &p->buffer, p->to);
        gpu_signal(p->back, p->at);
    }
    say(p->answers, 'r');
    CU(gpu.sync(gpu.stream));
    say(p->answers, 'd');
}

int measure_partner(int answers)
{
    struct partner p = {
        .answers = answers,
        .there = gpu_import_fence(NULL, NAME_THERE),
        .back = gpu_import_fence(NULL, NAME_BACK),
        .texture = gpu_map_frame(gpu_import(NULL, NAME_FRAME, FRAME_BYTES)),
        .buffer = {.from = gpu_map(gpu_import(NULL, NAME_BUFFER, FRAME_BYTES), FRAME_BYTES)},
    };
    CU(gpu.alloc(&p.to, FRAME_BYTES));
    for (;;) {
        char order = hear(STDIN_FILENO);
        if (order == 'q')
            return 0;
        partner_run(&p, order);
    }
}

/* ---- This side ---- */

struct pair {
    pid_t partner;
    int orders, answers;
    ID3D11Fence *there, *back;
    ID3D11RenderTargetView *view;
    ID3D11UnorderedAccessView *words;
    uint64_t at;
};

static void start_partner(struct pair *pair, const char *self)
{
    int down[2], up[2];
    char number[12];
    if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
        exit(1);
    snprintf(number, sizeof(number), "%d", up[1]);
    pair->partner = vfork(); /* at once replaced: CUDA does not live in forked children */
    if (pair->partner == 0) {
        dup2(down[0], STDIN_FILENO);
        fcntl(up[1], F_SETFD, 0);
        execl(self, self, "partner", number, (char *)NULL);
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
        if (order == 'b')
            gpu_produce_words(pair->words, i);
        else if (order != 'n')
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
    uint64_t times[MOST_REPEATS];
    run(pair, order);
    for (unsigned i = 0; i < gpu.repeats; i++)
        times[i] = run(pair, order);
    return (double)gpu_median(times, gpu.repeats) / 1e3;
}

static void figure(struct pair *pair, const char *what, char order, double target)
{
    char name[64];
    bool mps = getenv("CUDA_MPS_PIPE_DIRECTORY") != NULL;
    snprintf(name, sizeof(name), "%s, two processes%s", what, mps ? ", MPS" : "");
    gpu_figure(name, median_of(pair, order), 0, mps ? target : 0, "us");
}

int measure_pair(const char *self)
{
    int status;
    struct pair pair = {.there = gpu_fence(NAME_THERE), .back = gpu_fence(NAME_BACK)};
    ID3D11Texture2D *frame = gpu_frame();
    ID3D11Buffer *buffer = gpu_buffer((UINT)FRAME_BYTES);
    gpu_handle(frame, NAME_FRAME); /* open until the program ends */
    gpu_handle(buffer, NAME_BUFFER);
    pair.view = gpu_view(frame);
    pair.words = gpu_words(buffer);
    start_partner(&pair, self);
    figure(&pair, "round trip", 'n', 13);
    figure(&pair, "4K texture, read by a kernel", 'k', 60);
    figure(&pair, "4K buffer, copied", 'b', 60);
    figure(&pair, "4K texture, copied by cuMemcpy", 'c', 0);
    say(pair.orders, 'q');
    return waitpid(pair.partner, &status, 0) == pair.partner && status == 0 ? 0 : 1;
}
