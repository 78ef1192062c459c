/* SPDX-License-Identifier: MIT */
/* The context as an object: its counts, and the lock that a program may ask for. */
#include "context_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

TEST(the_context_keeps_its_device)
{
    struct rig rig = rig_new();
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *again = NULL;
    ID3D11DeviceContext_GetDevice(rig.context, &device);
    CHECK_PTR_EQ(device, rig.device);
    ID3D11Device_GetImmediateContext(device, &again);
    CHECK_PTR_EQ(again, rig.context);
    ID3D11DeviceContext_Release(again);
    ID3D11Device5_Release(rig.device5);
    ID3D11Device_Release(rig.device);
    ID3D11Device_Release(device); /* the contexts' reference is left */
    ID3D11Resource *buffer = NULL;
    ID3D11DeviceContext_GetDevice(rig.context, &device);
    rig.device = device;
    buffer = rig_buffer(&rig, KIND_DEFAULT, 16, NULL);
    release(buffer);
    ID3D11Device_Release(device);
    CHECK_EQ(ID3D11DeviceContext4_Release(rig.context4), 1);
    CHECK_EQ(ID3D11DeviceContext_Release(rig.context), 0);
}

struct locked {
    struct rig rig;
    ID3D11Multithread *lock;
    atomic_bool entered, submitted;
};

static void *submit_from_thread(void *arg)
{
    struct locked *l = arg;
    unsigned char data[16] = {0};
    ID3D11Resource *buffer = rig_buffer(&l->rig, KIND_DEFAULT, 16, NULL);
    ID3D11DeviceContext_UpdateSubresource(l->rig.context, buffer, 0, NULL, data, 0, 0);
    atomic_store(&l->submitted, true);
    release(buffer);
    return NULL;
}

TEST(the_lock_is_recursive_and_keeps_others_out)
{
    struct locked l = {.rig = rig_new()};
    pthread_t thread;
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(l.rig.context, &IID_ID3D11Multithread,
                                                (void **)&l.lock),
             S_OK);
    CHECK_EQ(ID3D11Multithread_GetMultithreadProtected(l.lock), FALSE);
    CHECK_EQ(ID3D11Multithread_SetMultithreadProtected(l.lock, TRUE), FALSE);
    CHECK_EQ(ID3D11Multithread_SetMultithreadProtected(l.lock, TRUE), TRUE);
    CHECK_EQ(ID3D11Multithread_GetMultithreadProtected(l.lock), TRUE);
    ID3D11Multithread_Enter(l.lock);
    ID3D11Multithread_Enter(l.lock);
    ID3D11DeviceContext_Flush(l.rig.context);
    submit_from_thread(&l); /* the owner itself is let in */
    CHECK(atomic_exchange(&l.submitted, false));
    CHECK_EQ(pthread_create(&thread, NULL, submit_from_thread, &l), 0);
    ID3D11Multithread_Leave(l.lock);
    usleep(20000);
    bool too_early = atomic_load(&l.submitted);
    ID3D11Multithread_Leave(l.lock);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(!too_early);
    CHECK(atomic_load(&l.submitted));
    ID3D11Multithread_Release(l.lock);
    rig_finish(&l.rig);
}

/* Protected, a context may be used by all threads at once. */
static void *hammer(void *arg)
{
    const struct rig *rig = arg;
    unsigned char data[64], found[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *buffer = rig_buffer(rig, KIND_DEFAULT, 64, NULL);
    ID3D11Resource *staging = rig_buffer(rig, KIND_STAGING, 64, NULL);
    ID3D11Resource *dynamic = rig_buffer(rig, KIND_DYNAMIC, 64, NULL);
    for (int i = 0; i < 200; i++) {
        D3D11_MAPPED_SUBRESOURCE mapped = {0};
        ID3D11DeviceContext_UpdateSubresource(rig->context, buffer, 0, NULL, data, 0, 0);
        ID3D11DeviceContext_CopyResource(rig->context, staging, buffer);
        rig_read(rig, staging, 0, found, 64, 1, 1);
        CHECK_MEM(found, data, 64);
        CHECK_EQ(ID3D11DeviceContext_Map(rig->context, dynamic, 0, D3D11_MAP_WRITE_DISCARD, 0,
                                         &mapped),
                 S_OK);
        memset(mapped.pData, i, 64);
        ID3D11DeviceContext_Unmap(rig->context, dynamic, 0);
        ID3D11DeviceContext_CopyResource(rig->context, staging, dynamic);
        rig_read(rig, staging, 0, found, 64, 1, 1);
        CHECK_EQ(found[63], (unsigned char)i);
    }
    release(buffer);
    release(staging);
    release(dynamic);
    return NULL;
}

TEST(many_threads_on_a_protected_context)
{
    enum { THREADS = 4 };
    struct rig rig = rig_new();
    ID3D11Multithread *lock = NULL;
    pthread_t threads[THREADS];
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(rig.context, &IID_ID3D11Multithread,
                                                (void **)&lock),
             S_OK);
    ID3D11Multithread_SetMultithreadProtected(lock, TRUE);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, hammer, &rig), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    ID3D11Multithread_Release(lock);
    rig_finish(&rig);
}
