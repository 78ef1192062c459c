/* SPDX-License-Identifier: MIT */
/* What is kept of imports: many at once, and those that ended with their context. */
#include "rig_real.h"

#include <pthread.h>

TEST(what_ended_with_its_context_is_never_shown_to_the_driver)
{
    struct imported made = imported_buffer();
    CUdeviceptr pointer;
    imported_finish(&made);
    CHECK_EQ(core_live_count(), 1);
    recorder_reset();
    recorder_context(0);
    rig_context();
    REFUSED(map_buffer(&pointer, made.memory, 0, SIZE), 400, "context");
    CHECK_EQ(core_live_count(), 0); /* the resource is given back */
    CHECK_EQ(cuDestroyExternalMemory(made.memory), 400);
    CHECK_EQ(cuDestroyExternalMemory(made.memory), 400);
    NO_CALL();
}

/* 201 did nothing: with a context it can be tried again. */
TEST(an_import_that_could_not_be_destroyed_is_still_there)
{
    struct imported made = imported_buffer();
    recorder_answer(201);
    CHECK_EQ(cuDestroyExternalMemory(made.memory), 201);
    recorder_answer(0);
    CHECK_EQ(core_live_count(), 1);
    imported_end(&made);
}

#define THREADS 8
#define ROUNDS 100

struct party {
    HANDLE handle;
    int failed;
};

static void *import_and_free(void *arg)
{
    struct party *party = (struct party *)arg;
    struct cudaExternalMemoryHandleDesc desc = {
        .type = cudaExternalMemoryHandleTypeD3D11Resource,
        .size = SIZE,
        .flags = cudaExternalMemoryDedicated,
    };
    struct cudaExternalMemoryBufferDesc buffer = {.size = SIZE};
    desc.handle.win32.handle = party->handle;
    for (unsigned i = 0; i < ROUNDS; i++) {
        cudaExternalMemory_t memory;
        void *pointer;
        party->failed |= cudaImportExternalMemory(&memory, &desc) ||
                         cudaExternalMemoryGetMappedBuffer(&pointer, memory, &buffer) ||
                         cudaDestroyExternalMemory(memory);
    }
    return NULL;
}

TEST(many_threads_import_map_and_free)
{
    struct d3d d = d3d_new();
    ID3D11Resource *resource = d3d_buffer(&d, SIZE, MISC_NT);
    struct party party[THREADS];
    pthread_t threads[THREADS];
    rig_recorder();
    for (size_t i = 0; i < THREADS; i++) {
        party[i] = (struct party){.handle = d3d_nt(resource, NULL)};
        CHECK_EQ(pthread_create(&threads[i], NULL, import_and_free, &party[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(party[i].failed, 0);
        CHECK(CloseHandle(party[i].handle));
    }
    CHECK_EQ(recorder_calls("cuDestroyExternalMemory"), THREADS * ROUNDS);
    CHECK_EQ(ID3D11Resource_Release(resource), 0);
    d3d_finish(&d);
}
