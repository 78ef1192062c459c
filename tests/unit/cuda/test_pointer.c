/* SPDX-License-Identifier: MIT */
/* What CUDA knows of an address, anywhere inside a piece of memory. */
#include "d3d_rig.h"

#include "fork.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

static struct cudaPointerAttributes attributes_of(const void *ptr)
{
    struct cudaPointerAttributes a;
    memset(&a, 0xee, sizeof(a));
    OK(cudaPointerGetAttributes(&a, ptr));
    return a;
}

TEST(every_kind_of_memory_is_known)
{
    void *device = NULL, *pinned = NULL, *managed = NULL;
    int local = 0;
    OK(cudaMalloc(&device, 100));
    OK(cudaMallocHost(&pinned, 100));
    OK(cudaMallocManaged(&managed, 100, cudaMemAttachGlobal));
    CHECK_EQ(attributes_of(device).type, cudaMemoryTypeDevice);
    CHECK_EQ(attributes_of(pinned).type, cudaMemoryTypeHost);
    CHECK_EQ(attributes_of(managed).type, cudaMemoryTypeManaged);
    CHECK_EQ(attributes_of(&local).type, cudaMemoryTypeUnregistered);
    CHECK_EQ(attributes_of(&local).device, -2);
    CHECK_EQ(attributes_of(NULL).type, cudaMemoryTypeUnregistered);
    CHECK_EQ(attributes_of(device).device, 0);
    CHECK_PTR_EQ(attributes_of(device).devicePointer, device);
    CHECK_PTR_EQ(attributes_of(device).hostPointer, NULL);
    CHECK_PTR_EQ(attributes_of(managed).hostPointer, managed);
    OK(cudaFree(device));
    OK(cudaFreeHost(pinned));
    OK(cudaFree(managed));
}

TEST(interior_addresses_count_up_to_the_last_byte)
{
    unsigned char *memory = rig_malloc(1000);
    CHECK_EQ(attributes_of(memory + 999).type, cudaMemoryTypeDevice);
    CHECK_EQ(attributes_of(memory + 1000).type, cudaMemoryTypeUnregistered);
    OK(cudaFree(memory));
    CHECK_EQ(attributes_of(memory).type, cudaMemoryTypeUnregistered);
}

TEST(many_pieces_are_all_found)
{
    enum { PIECES = 300 };
    unsigned char *pieces[PIECES];
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = rig_malloc(100 + i);
    for (unsigned i = 0; i < PIECES; i += 2)
        OK(cudaFree(pieces[i]));
    for (unsigned i = 1; i < PIECES; i += 2) {
        CHECK_EQ(attributes_of(pieces[i] + 99 + i).type, cudaMemoryTypeDevice);
        OK(cudaFree(pieces[i]));
    }
}

static void *churn(void *failed)
{
    for (unsigned i = 0; i < 300; i++) {
        void *ptr = NULL;
        struct cudaPointerAttributes a;
        if (cudaMalloc(&ptr, 1 + i % 100) != cudaSuccess ||
            cudaPointerGetAttributes(&a, ptr) != cudaSuccess ||
            a.type != cudaMemoryTypeDevice || cudaMemset(ptr, 1, 1) != cudaSuccess ||
            cudaFree(ptr) != cudaSuccess)
            return failed;
    }
    return NULL;
}

TEST(threads_allocate_and_look_up_at_once)
{
    pthread_t threads[4];
    void *result = NULL, *failed = NULL;
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, churn, threads), 0);
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        failed = result ? result : failed;
    }
    CHECK(failed == NULL);
}

/* Small and large registrations that were forgotten, where new memory comes to lie. */
TEST(forgotten_registrations_of_all_sizes_make_way)
{
    enum { SIZE = 16 << 20 };
    static const size_t pieces[] = {64, 4096, 65536, 1 << 20, 2 << 20, SIZE};
    for (unsigned i = 0; i < 6; i++) {
        unsigned char *host = (unsigned char *)mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        size_t step = pieces[i] < 65536 ? 65536 + 4096 : pieces[i];
        for (size_t at = 0; at + pieces[i] <= SIZE; at += step)
            OK(cudaHostRegister(host + at, pieces[i], 0));
        munmap(host, SIZE);
        unsigned char *memory[4];
        for (unsigned k = 0; k < 4; k++) {
            memory[k] = rig_malloc(SIZE / 2);
            CHECK_EQ(attributes_of(memory[k]).type, cudaMemoryTypeDevice);
            CHECK_EQ(attributes_of(memory[k] + SIZE / 2 - 1).type, cudaMemoryTypeDevice);
        }
        for (unsigned k = 0; k < 4; k++)
            OK(cudaFree(memory[k]));
        for (size_t at = 0; at + pieces[i] <= SIZE; at += step)
            (void)cudaHostUnregister(host + at); /* gone, or left where nothing came */
        for (size_t at = 0; at < SIZE; at += 4096)
            CHECK_EQ(attributes_of(host + at).type, cudaMemoryTypeUnregistered);
    }
}

/*
 * Eight threads register ranges that overlap. Whoever succeeds has the bytes alone until it
 * unregisters: it marks each granule, and a mark that is there already is a mistake.
 */
enum { THREADS = 8, GRANULES = 128, ROUNDS = 1500 };
#define STRESSED ((uintptr_t)0x5b0000000000) /* nothing can be mapped there */

struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *d, uint64_t below)
{
    d->state = d->state * 6364136223846793005U + 1442695040888963407U;
    return (d->state >> 33) % below;
}

struct stress {
    atomic_uchar owned[GRANULES];
    atomic_uint wrong, done;
};

static void stress_mark(struct stress *s, size_t first, size_t count, unsigned char by)
{
    for (size_t i = first; i < first + count; i++)
        if (atomic_exchange(&s->owned[i], by) != 0)
            atomic_fetch_add(&s->wrong, 1);
}

static void stress_clear(struct stress *s, size_t first, size_t count, unsigned char by)
{
    for (size_t i = first; i < first + count; i++)
        if (atomic_exchange(&s->owned[i], 0) != by)
            atomic_fetch_add(&s->wrong, 1);
}

static void stress_once(struct stress *s, struct dice *m, unsigned char by)
{
    struct cudaPointerAttributes a;
    size_t first = roll(m, GRANULES);
    size_t count = 1 + roll(m, roll(m, 4) ? 3 : GRANULES);
    count = first + count > GRANULES ? GRANULES - first : count;
    char *at = (char *)STRESSED + first * 65536;
    if (cudaHostRegister(at, count * 65536, 0) != cudaSuccess)
        return;
    stress_mark(s, first, count, by);
    if (cudaPointerGetAttributes(&a, at + roll(m, count * 65536)) != cudaSuccess ||
        a.type != cudaMemoryTypeHost)
        atomic_fetch_add(&s->wrong, 1);
    stress_clear(s, first, count, by);
    if (cudaHostUnregister(at) != cudaSuccess)
        atomic_fetch_add(&s->wrong, 1);
    atomic_fetch_add(&s->done, 1);
}

struct worker {
    struct stress *stress;
    unsigned number;
    pthread_t thread;
};

static void *stress_registrations(void *arg)
{
    struct worker *w = (struct worker *)arg;
    struct dice m = {.state = w->number};
    for (unsigned i = 0; i < ROUNDS; i++)
        stress_once(w->stress, &m, (unsigned char)w->number);
    return NULL;
}

/* Meanwhile memory comes and goes, small and large, and is never taken for registered. */
static void *stress_memory(void *arg)
{
    struct worker *w = (struct worker *)arg;
    struct dice m = {.state = w->number};
    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        struct cudaPointerAttributes a;
        char *memory = NULL;
        size_t size = 1 + roll(&m, (size_t)1 << roll(&m, 24));
        if (cudaMalloc((void **)&memory, size) != cudaSuccess ||
            cudaPointerGetAttributes(&a, memory + roll(&m, size)) != cudaSuccess ||
            a.type != cudaMemoryTypeDevice || cudaFree(memory) != cudaSuccess)
            atomic_fetch_add(&w->stress->wrong, 1);
    }
    return NULL;
}

TEST(threads_never_get_the_same_bytes)
{
    static struct stress stress;
    struct worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].stress = &stress;
        workers[i].number = i + 1;
        CHECK_EQ(pthread_create(&workers[i].thread, NULL,
                                i % 2 ? stress_memory : stress_registrations, &workers[i]),
                 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(workers[i].thread, NULL), 0);
    CHECK_EQ(atomic_load(&stress.wrong), 0);
    CHECK(atomic_load(&stress.done) > 0);
    for (size_t i = 0; i < GRANULES; i++)
        CHECK_EQ(attributes_of((char *)STRESSED + i * 65536).type, cudaMemoryTypeUnregistered);
}

/* All at once, and each overlaps each: none of them may be refused for one that is refused. */
struct rival {
    pthread_barrier_t *barrier;
    char *at;
    size_t size;
    pthread_t thread;
    atomic_uint *won;
};

enum { RIVALS = 4, CONTESTS = 200 };

static void *contest(void *arg)
{
    struct rival *r = (struct rival *)arg;
    for (unsigned i = 0; i < CONTESTS; i++) {
        pthread_barrier_wait(r->barrier);
        bool won = cudaHostRegister(r->at, r->size, 0) == cudaSuccess;
        if (won)
            atomic_fetch_add(&r->won[i], 1);
        pthread_barrier_wait(r->barrier);
        if (won && cudaHostUnregister(r->at) != cudaSuccess)
            atomic_fetch_add(&r->won[i], 100);
    }
    return NULL;
}

TEST(of_registrations_that_overlap_one_succeeds)
{
    static atomic_uint won[CONTESTS];
    pthread_barrier_t barrier;
    struct rival rivals[RIVALS];
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, RIVALS), 0);
    for (unsigned i = 0; i < RIVALS; i++) {
        rivals[i] = (struct rival){.barrier = &barrier,
                                   .at = (char *)STRESSED + i * 65536,
                                   .size = (size_t)40 * 65536,
                                   .won = won};
        CHECK_EQ(pthread_create(&rivals[i].thread, NULL, contest, &rivals[i]), 0);
    }
    for (unsigned i = 0; i < RIVALS; i++)
        CHECK_EQ(pthread_join(rivals[i].thread, NULL), 0);
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < CONTESTS; i++)
        CHECK_EQ(atomic_load(&won[i]), 1);
}

/* A fork in the middle of registering: the child has the piece in all of its words or none. */
#define TORN ((char *)(uintptr_t)0x5c0000010000)
enum { TORN_BYTES = 9 << 20 };

static void *register_and_forget(void *arg)
{
    atomic_bool *stop = (atomic_bool *)arg;
    while (!atomic_load(stop))
        if (cudaHostRegister(TORN, TORN_BYTES, 0) != cudaSuccess ||
            cudaHostUnregister(TORN) != cudaSuccess)
            return arg;
    return NULL;
}

static int is_whole_or_gone(void)
{
    struct cudaPointerAttributes a, first;
    if (cudaPointerGetAttributes(&first, TORN) != cudaSuccess)
        return 1;
    for (size_t at = 0; at < TORN_BYTES; at += 65536)
        if (cudaPointerGetAttributes(&a, TORN + at) != cudaSuccess || a.type != first.type)
            return 2;
    if (first.type == cudaMemoryTypeHost && cudaHostUnregister(TORN) != cudaSuccess)
        return 3;
    if (cudaHostRegister(TORN, TORN_BYTES, 0) != cudaSuccess)
        return 4;
    return cudaHostUnregister(TORN) == cudaSuccess ? 0 : 5;
}

TEST(a_fork_copies_no_half_of_a_piece)
{
    SKIP_UNLESS_FORKS_AT_WORK();
    pthread_t thread;
    atomic_bool stop = false;
    void *failed = NULL;
    int status = 0;
    OK(cudaHostRegister(TORN, TORN_BYTES, 0)); /* the library is awake before the first fork */
    OK(cudaHostUnregister(TORN));
    CHECK_EQ(pthread_create(&thread, NULL, register_and_forget, &stop), 0);
    for (unsigned i = 0; i < 40 && status == 0; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(30);
            _exit(is_whole_or_gone());
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
    }
    atomic_store(&stop, true);
    CHECK_EQ(pthread_join(thread, &failed), 0);
    CHECK(failed == NULL);
    CHECK_EQ(status, 0);
}

static uintptr_t map_part(CUexternalMemory memory, size_t offset, size_t size)
{
    CUdeviceptr at = 0;
    CHECK_EQ(map_buffer(&at, memory, offset, size), CUDA_SUCCESS);
    return (uintptr_t)at;
}

static void check_apart(CUexternalMemory memory, size_t size, const size_t offset[2],
                        const size_t bytes[2])
{
    uintptr_t a = map_part(memory, offset[0], bytes[0]);
    uintptr_t b = map_part(memory, offset[1], bytes[1]);
    CHECK(size >= offset[0] + bytes[0]);
    CHECK(a + bytes[0] <= b || b + bytes[1] <= a);
    *(volatile unsigned char *)a = 1; /* both are memory, and freed by their own address */
    *(volatile unsigned char *)b = 2;
    CHECK_EQ(cuMemFree((CUdeviceptr)a), CUDA_SUCCESS);
    CHECK_EQ(attributes_of((void *)b).type, cudaMemoryTypeDevice);
    CHECK_EQ(cuMemFree((CUdeviceptr)b), CUDA_SUCCESS);
    CHECK_EQ(cuMemFree((CUdeviceptr)b), CUDA_ERROR_INVALID_VALUE);
}

/* Whichever of the two comes first, and wherever the smaller one lies. */
TEST(mappings_of_one_memory_never_overlap)
{
    enum { SIZE = 3 * 65536 + 4096 };
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, SIZE, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, SIZE);
    for (size_t at = 0; at < SIZE; at += 4096) {
        check_apart(memory, SIZE, (size_t[]){at, 0}, (size_t[]){4096, SIZE});
        check_apart(memory, SIZE, (size_t[]){0, at}, (size_t[]){SIZE, 4096});
        check_apart(memory, SIZE, (size_t[]){0, at}, (size_t[]){SIZE - at, SIZE - at});
    }
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
