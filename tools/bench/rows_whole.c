/* SPDX-License-Identifier: MIT */
/* What a program feels as a whole: its start, and a picture's way through both APIs. */
#include "bench/bench.h"
#include "bench/parts.h"
#include "bench/start.h"

#include "demo/pipeline.h"
#include "edge.h"
#include "report.h"
#include "scene.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

static void run_program(const char *argv[])
{
    pid_t pid;
    int status;
    if (posix_spawn(&pid, argv[0], NULL, NULL, (char **)argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        fail_row("a program could not be run");
}

static void ours_start(void *user, unsigned count)
{
    const char *argv[] = {"/proc/self/exe", "bench", BENCH_START_OPTION, NULL};
    (void)user;
    for (unsigned i = 0; i < count; i++)
        run_program(argv);
}

static void floor_start(void *user, unsigned count)
{
    const char *argv[] = {"/bin/true", NULL};
    (void)user;
    for (unsigned i = 0; i < count; i++)
        run_program(argv);
}

/* The program does what everybody does first; `true` does nothing. The difference is ours. */
bool run_start(const struct row *row, struct rig *rig, struct result *out)
{
    (void)row;
    (void)rig;
    measure(&(struct pair){ours_start, floor_start, NULL}, out);
    snprintf(out->note, sizeof(out->note), "/bin/true alone takes %.2f ms",
             out->floor.median / 1e6);
    out->ours.median -= out->floor.median;
    out->ours.low -= out->floor.median;
    out->ours.high -= out->floor.median;
    return true;
}

int bench_start(void)
{
    struct rig rig;
    struct shared_buffer buffer;
    cudaExternalMemory_t memory;
    void *ptr;
    if (!rig_open(0, &rig) ||
        !shared_buffer_open(&rig, D3D11_RESOURCE_MISC_SHARED, 65536, &buffer))
        return EXIT_FAILURE;
    return shared_buffer_map(&buffer, &memory, &ptr) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The filter on plain memory with nothing around it: what the demo cannot be faster than. */
static double filter_alone_us(const struct picture *from, struct picture *to, unsigned frames)
{
    _cleanup_(report_freep)
        int16_t *scratch = calloc(edge_scratch_length(from->width), sizeof(*scratch));
    struct edge_plane in = {from->pixels, picture_pitch(from)};
    struct edge_plane out = {to->pixels, picture_pitch(to)};
    if (!scratch)
        fail_row("no memory");
    double start = now_us();
    for (unsigned i = 0; i < frames; i++)
        edge_filter(in, out, from->width, from->height, scratch);
    return now_us() - start;
}

/* The whole pipeline beside the filter in the middle of it, which is the program's own work. */
bool run_demo(const struct row *row, struct rig *rig, struct result *out)
{
    enum { ROUNDS = 9, FRAMES = 60 };
    double ours[ROUNDS], floor[ROUNDS], ratio[ROUNDS];
    struct picture from = {.width = 1920, .height = 1080}, to = from;
    (void)row;
    from.pixels = calloc(1, picture_size(&from));
    to.pixels = calloc(1, picture_size(&to));
    if (!from.pixels || !to.pixels || !scene_paint(&from))
        fail_row("no picture");
    (void)filter_alone_us(&from, &to, 1); /* the first touch of the pages */
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct pipeline_times times;
        if (!pipeline_run(rig, &from, &to, FRAMES, &times))
            return false;
        ours[i] = times.total * 1e3 / FRAMES;
        floor[i] = filter_alone_us(&from, &to, FRAMES) * 1e3 / FRAMES;
        ratio[i] = ours[i] / floor[i];
    }
    free(from.pixels);
    free(to.pixels);
    out->repetitions = ROUNDS;
    out->ours = figure_of(ours, ROUNDS);
    out->floor = figure_of(floor, ROUNDS);
    out->ratio = figure_of(ratio, ROUNDS);
    snprintf(out->note, sizeof(out->note), "%.0f frames a second", 1e9 / out->ours.median);
    return true;
}
