/* SPDX-License-Identifier: MIT */
/* The table of rows: what is measured, beside what, and how much more it may cost. */
#include "bench/bench.h"

#include "report.h"

#define KIB 1024UL
#define MIB (1024UL * KIB)

#define COPY_ROWS(name, words, run)                                                    \
    {name "/64KiB", words, "fastest raw copy", "ns", ONE_CPU, 1.1, 64 * KIB, run},     \
        {name "/1MiB", words, "fastest raw copy", "ns", ONE_CPU, 1.1, MIB, run},       \
        {name "/8MiB", words, "fastest raw copy", "ns", ONE_CPU, 1.1, 8 * MIB, run},   \
        {name "/64MiB", words, "fastest raw copy", "ns", ONE_CPU, 1.1, 64 * MIB, run}, \
    {                                                                                  \
        name "/256MiB", words, "fastest raw copy", "ns", ONE_CPU, 1.1, 256 * MIB, run  \
    }

#define GROWTH_ROWS(name, words, run)                                               \
    {name "/100", words, "the same beside 10", "ns", ONE_CPU, 1.5, 100, run},       \
        {name "/1000", words, "the same beside 10", "ns", ONE_CPU, 1.5, 1000, run}, \
    {                                                                               \
        name "/10000", words, "the same beside 10", "ns", ONE_CPU, 1.5, 10000, run  \
    }

#define THREAD_ROW(name, words, floor, run, threads, bits)                        \
    {                                                                             \
        name "/" #threads, words, floor, "ns", ALL_CPUS, 0, threads | (bits), run \
    }

#define THREAD_ROWS(name, words, run)                                          \
    THREAD_ROW(name "/own", words, "own mutexes", run, 1, 0),                  \
        THREAD_ROW(name "/own", words, "own mutexes", run, 2, 0),              \
        THREAD_ROW(name "/own", words, "own mutexes", run, 4, 0),              \
        THREAD_ROW(name "/own", words, "own mutexes", run, 8, 0),              \
        THREAD_ROW(name "/one", words, "one mutex", run, 2, THREADS_TOGETHER), \
        THREAD_ROW(name "/one", words, "one mutex", run, 4, THREADS_TOGETHER), \
        THREAD_ROW(name "/one", words, "one mutex", run, 8, THREADS_TOGETHER)

const struct row rows[] = {
    {"import", "import, map, free, destroy", "mutex lock + unlock", "ns", ONE_CPU, 60, 64 * KIB,
     run_import},
    {"fds", "import of another process's object as fds", "dup, mmap, munmap, close", "ns",
     ONE_CPU, 1.3, 0, run_import_fds},
    {"name/same-cpu", "import by name from another process", "3 fds by round trip, mmap", "ns",
     SAME_CPU, 1.3, 0, run_open_name},
    {"name/other-cpu", "import by name from another process", "3 fds by round trip, mmap", "ns",
     OTHER_CPU, 1.3, 0, run_open_name},
    {"number/same-cpu", "import by KMT number of another process", "3 fds by round trip, mmap",
     "ns", SAME_CPU, 1.3, 0, run_open_number},
    {"number/other-cpu", "import by KMT number of another process", "3 fds by round trip, mmap",
     "ns", OTHER_CPU, 1.3, 0, run_open_number},
    {"hand/same-cpu", "keyed mutex to a process and back", "futex ping-pong", "ns", SAME_CPU,
     1.25, 0, run_hand_over},
    {"hand/other-cpu", "keyed mutex to a process and back", "futex ping-pong", "ns", OTHER_CPU,
     1.25, 0, run_hand_over},
    {"mutex", "AcquireSync + ReleaseSync, free", "robust mutex lock + unlock", "ns", ONE_CPU, 6,
     64 * KIB, run_acquire_release},
    {"fence/same-cpu", "Signal, stream goes on, signal, host sees", "two futex round trips",
     "ns", SAME_CPU, 1.25, 0, run_fence_turn},
    {"fence/other-cpu", "Signal, stream goes on, signal, host sees", "two futex round trips",
     "ns", OTHER_CPU, 1.25, 0, run_fence_turn},
    {"enqueue", "memset on a stream that waits", NULL, "ns", ONE_CPU, 500, 1000, run_enqueue},
    {"switch", "1000 blocked streams, one signal", "1000 futex wakes", "ns", ALL_CPUS, 1.5,
     1000, run_stream_switch},
    COPY_ROWS("update", "UpdateSubresource", run_update),
    COPY_ROWS("copy", "CopyResource", run_copy_resource),
    COPY_ROWS("cudaMemcpy", "cudaMemcpy, mapped to mapped", run_cuda_memcpy),
    {"box/2D", "UpdateSubresource, 512x512 of 1024x1024", "memcpy of rows", "ns", ONE_CPU, 1.05,
     1024, run_box},
    {"box/3D", "UpdateSubresource, 64^3 of 128^3", "memcpy of rows", "ns", ONE_CPU, 1.05, 128,
     run_volume},
    {"box/mip-of-slice", "UpdateSubresource, level 1 of slice 1", "memcpy of rows", "ns",
     ONE_CPU, 1.05, 1024, run_slices},
    {"clear/RGBA8", "ClearRenderTargetView, 1920x1080", "memset of the bytes", "ns", ONE_CPU,
     1.1, DXGI_FORMAT_R8G8B8A8_UNORM, run_clear},
    {"clear/RGBA16F", "ClearRenderTargetView, 1920x1080", "memset of the bytes", "ns", ONE_CPU,
     1.1, DXGI_FORMAT_R16G16B16A16_FLOAT, run_clear},
    {"clear/RGBA32F", "ClearRenderTargetView, 1920x1080", "memset of the bytes", "ns", ONE_CPU,
     1.1, DXGI_FORMAT_R32G32B32A32_FLOAT, run_clear},
    {"create", "create, touch, release 8 MiB", "memfd, first touch, close", "ns", ONE_CPU, 0.02,
     8 * MIB, run_create},
    {"start", "load, device, first import, exit", NULL, "ns", ONE_CPU, 3e6, 0, run_start},
    {"memory/unshared", "a buffer that cannot be shared", NULL, "bytes", ONE_CPU, 16384, 0,
     run_object_memory},
    {"memory/shared", "a published buffer, broker included", NULL, "bytes", ONE_CPU, 16384,
     D3D11_RESOURCE_MISC_SHARED, run_object_memory},
    {"memory/keyed-mutex", "the same with a keyed mutex", NULL, "bytes", ONE_CPU, 16384,
     D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, run_object_memory},
    {"demo", "1080p through both APIs, per frame", "the filter alone", "ns", ALL_CPUS, 1 / 0.9,
     0, run_demo},
    GROWTH_ROWS("objects", "import among objects", run_growth_objects),
    GROWTH_ROWS("handles", "CreateSharedHandle + CloseHandle", run_growth_handles),
    GROWTH_ROWS("names", "the same with a name", run_growth_names),
    GROWTH_ROWS("streams", "create, synchronize, destroy a stream", run_growth_streams),
    GROWTH_ROWS("waiters", "wait, signal, synchronize", run_growth_waiters),
    THREAD_ROWS("import", "threads that import, map, free, destroy", run_threads_import),
    THREAD_ROWS("close", "threads that duplicate and close handles", run_threads_close),
    THREAD_ROWS("signal", "threads that signal fences from streams", run_threads_signal),
};

const size_t row_count = ARRAY_LENGTH(rows);
