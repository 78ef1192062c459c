/* SPDX-License-Identifier: MIT */
/* What CUDA knows of an address, anywhere inside a piece of memory. */
#include "rig.h"

#include <pthread.h>

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
