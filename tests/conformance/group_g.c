/* SPDX-License-Identifier: MIT */
/* G1 to G11, G19, G20, G22: importing what D3D11 shares, and who keeps it alive. */
#include "group_g.h"
#include "probe.h"

CASE(G1, handle_may_be_closed_at_once, G, "An import works after its NT handle was closed")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    write_tex(&rig, tex, 1);
    rig_idle(&rig);
    HANDLE handle = nt_handle(tex, NULL);
    cudaExternalMemory_t memory = import_memory(MEMORY_NT, handle, TEX_BYTES);
    EXPECT_TRUE(CloseHandle(handle));
    cudaMipmappedArray_t array = map_array(memory, array_of_tex());
    expect_array(array, 1);
    EXPECT_EQ(release(tex), 0);
    expect_array(array, 1); /* the import alone keeps it */
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    rig_close(&rig);
}

CASE(G2, import_by_name, G, "A name imports memory and semaphores; there is nothing to close")
{
    struct rig rig;
    WCHAR tex_name[64], fence_name[64];
    NEEDS_CUDA();
    rig_open(&rig);
    unique_name(tex_name, "memory");
    unique_name(fence_name, "fence");
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED | NTHANDLE);
    ID3D11Fence *fence = rig_fence(&rig, 0, FENCE_SHARED);
    write_tex(&rig, tex, 2);
    rig_idle(&rig);
    HANDLE handles[2] = {nt_handle(tex, tex_name), fence_handle(fence, fence_name)};

    cudaExternalMemory_t memory = NULL;
    cudaExternalSemaphore_t mutex = NULL, semaphore = NULL;
    memory_desc by_name = memory_by(MEMORY_NT, NULL, tex_name, TEX_BYTES);
    semaphore_desc mutex_by_name = semaphore_by(SEMAPHORE_MUTEX, NULL, tex_name);
    semaphore_desc fence_by_name = semaphore_by(SEMAPHORE_FENCE, NULL, fence_name);
    REQUIRE_CUDA(cudaImportExternalMemory(&memory, &by_name), cudaSuccess);
    REQUIRE_CUDA(cudaImportExternalSemaphore(&mutex, &mutex_by_name), cudaSuccess);
    REQUIRE_CUDA(cudaImportExternalSemaphore(&semaphore, &fence_by_name), cudaSuccess);
    EXPECT_TRUE(CloseHandle(handles[0])); /* the program's own; the imports have none */
    EXPECT_TRUE(CloseHandle(handles[1]));

    cudaStream_t stream = new_stream();
    cudaMipmappedArray_t array = map_array(memory, array_of_tex());
    EXPECT_CUDA(cuda_wait(mutex, 0, FOR_EVER, stream), cudaSuccess);
    expect_array(array, 2);
    EXPECT_CUDA(cuda_signal(mutex, 0, stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(semaphore, 3, stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(ID3D11Fence_GetCompletedValue(fence), 3);

    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(mutex), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(semaphore), cudaSuccess);
    end_stream(stream);
    EXPECT_EQ(release(tex), 0);
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);
}

static void refuse_memory(memory_desc desc, cudaError_t wanted)
{
    cudaExternalMemory_t memory = UNTOUCHED;
    EXPECT_CUDA(cudaImportExternalMemory(&memory, &desc), wanted);
    EXPECT_EQ(memory, UNTOUCHED);
}

static void refuse_semaphore(semaphore_desc desc, cudaError_t wanted)
{
    cudaExternalSemaphore_t semaphore = UNTOUCHED;
    EXPECT_CUDA(cudaImportExternalSemaphore(&semaphore, &desc), wanted);
    EXPECT_EQ(semaphore, UNTOUCHED);
}

CASE(G3, one_of_handle_and_name, D + P, "Both, none, or a name with a KMT type are refused")
{
    struct rig rig;
    WCHAR name[64], other[64];
    NEEDS_CUDA();
    rig_open(&rig);
    unique_name(name, "both");
    unique_name(other, "fence");
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED | NTHANDLE), *by_kmt = rig_tex(&rig, KEYED);
    ID3D11Fence *fence = rig_fence(&rig, 0, FENCE_SHARED);
    HANDLE handle = nt_handle(tex, name), of_fence = fence_handle(fence, other);
    HANDLE kmt = kmt_handle(by_kmt);
    refuse_memory(memory_by(MEMORY_NT, handle, name, TEX_BYTES), cudaErrorInvalidValue);
    refuse_memory(memory_by(MEMORY_NT, NULL, NULL, TEX_BYTES), cudaErrorInvalidValue);
    refuse_memory(memory_by(MEMORY_KMT, kmt, name, TEX_BYTES), cudaErrorInvalidValue);
    refuse_memory(memory_by(MEMORY_KMT, NULL, name, TEX_BYTES), cudaErrorInvalidValue);
    refuse_memory(memory_by(MEMORY_KMT, NULL, NULL, TEX_BYTES), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX, handle, name), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX, NULL, NULL), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_FENCE, of_fence, other), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_FENCE, NULL, NULL), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, kmt, name), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, NULL, name), cudaErrorInvalidValue);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, NULL, NULL), cudaErrorInvalidValue);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_TRUE(CloseHandle(of_fence));
    EXPECT_EQ(release(tex), 0);
    EXPECT_EQ(release(by_kmt), 0);
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);
}

CASE(G4, dedicated_is_needed, G + P, "An import without cudaExternalMemoryDedicated is refused")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE), *by_kmt = rig_tex(&rig, SHARED);
    HANDLE handle = nt_handle(tex, NULL);
    memory_desc nt = memory_by(MEMORY_NT, handle, NULL, TEX_BYTES);
    memory_desc kmt = memory_by(MEMORY_KMT, kmt_handle(by_kmt), NULL, TEX_BYTES);
    nt.flags = kmt.flags = 0;
    refuse_memory(nt, cudaErrorInvalidValue);
    refuse_memory(kmt, cudaErrorInvalidValue);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    EXPECT_EQ(release(by_kmt), 0);
    rig_close(&rig);
}

CASE(G5, kmt_import_keeps_the_memory, G + P, "An import by KMT handle outlives the creator")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED);
    write_tex(&rig, tex, 3);
    rig_idle(&rig);
    cudaExternalMemory_t memory = import_memory(MEMORY_KMT, kmt_handle(tex), TEX_BYTES);
    cudaMipmappedArray_t array = map_array(memory, array_of_tex());
    expect_array(array, 3);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
    expect_array(array, 3);
    cudaMipmappedArray_t again = map_array(memory, array_of_tex());
    expect_array(again, 3);
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaFreeMipmappedArray(again), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
}

CASE(G6, wrong_kind_of_handle, P, "KMT handle and NT type, or the reverse: an error, no leak")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    size_t before = probe_available() ? probe_live() : 0;
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED | NTHANDLE), *by_kmt = rig_tex(&rig, KEYED);
    HANDLE handle = nt_handle(tex, NULL), kmt = kmt_handle(by_kmt);
    const cudaError_t wanted = cudaErrorInvalidResourceHandle;
    refuse_memory(memory_by(MEMORY_NT, kmt, NULL, TEX_BYTES), wanted);
    refuse_memory(memory_by(MEMORY_KMT, handle, NULL, TEX_BYTES), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX, kmt, NULL), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, handle, NULL), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_FENCE, kmt, NULL), wanted);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_EQ(release(tex), 0);
    EXPECT_EQ(release(by_kmt), 0);
    void *opened = NULL; /* nobody holds it: the number is dead */
    EXPECT_TRUE(FAILED(
        ID3D11Device_OpenSharedResource(rig.device, kmt, &IID_ID3D11Texture2D, &opened)));
    if (probe_available())
        EXPECT_EQ(probe_live(), before);
    rig_close(&rig);
}

CASE(G7, dead_kmt_handle, T + P, "A KMT handle whose resource has gone imports nothing")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED);
    HANDLE kmt = kmt_handle(tex);
    EXPECT_EQ(release(tex), 0);
    rig_idle(&rig);
    refuse_memory(memory_by(MEMORY_KMT, kmt, NULL, TEX_BYTES), cudaErrorInvalidResourceHandle);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, kmt, NULL),
                     cudaErrorInvalidResourceHandle);
    rig_close(&rig);
}

/* Uses both: what CUDA writes under the mutex, D3D11 finds. */
static void take_a_turn(const struct rig *rig, IDXGIKeyedMutex *mutex,
                        cudaExternalSemaphore_t semaphore)
{
    cudaStream_t stream = new_stream();
    EXPECT_CUDA(cuda_wait(semaphore, 0, FOR_EVER, stream), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), WAIT_TIMEOUT);
    EXPECT_CUDA(cuda_signal(semaphore, 1, stream), cudaSuccess);
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 1, LONG_MS), S_OK);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);
    rig_idle(rig);
    end_stream(stream);
}

CASE(G8, one_kmt_handle_for_both, G, "A KMT handle imports memory and keyed mutex of a buffer")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l); /* imports both */
    write_buffer(&l.rig, l.buffer, 4);
    rig_idle(&l.rig);
    expect_range(l.ptr, SHARED_BYTES, 4);
    take_a_turn(&l.rig, l.mutex, l.semaphore);
    locked_close(&l);
}

CASE(G9, one_nt_handle_for_both, G, "An NT handle imports memory and keyed mutex of a texture")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, KEYED | NTHANDLE);
    IDXGIKeyedMutex *mutex = keyed_mutex(tex);
    write_tex(&rig, tex, 5);
    rig_idle(&rig);
    HANDLE handle = nt_handle(tex, NULL);
    cudaExternalMemory_t memory = import_memory(MEMORY_NT, handle, TEX_BYTES);
    cudaExternalSemaphore_t semaphore = import_semaphore(SEMAPHORE_MUTEX, handle);
    EXPECT_TRUE(CloseHandle(handle));
    cudaMipmappedArray_t array = map_array(memory, array_of_tex());
    expect_array(array, 5);
    take_a_turn(&rig, mutex, semaphore);
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalSemaphore(semaphore), cudaSuccess);
    release(mutex);
    EXPECT_EQ(release(tex), 0);
    rig_close(&rig);
}

CASE(G10, no_mutex_no_import, P, "A texture without keyed mutex is refused as KeyedMutex")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE), *by_kmt = rig_tex(&rig, SHARED);
    ID3D11Fence *fence = rig_fence(&rig, 0, FENCE_SHARED);
    HANDLE handle = nt_handle(tex, NULL), of_fence = fence_handle(fence, NULL);
    const cudaError_t wanted = cudaErrorInvalidResourceHandle;
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX, handle, NULL), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX_KMT, kmt_handle(by_kmt), NULL), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_MUTEX, of_fence, NULL), wanted);
    refuse_semaphore(semaphore_by(SEMAPHORE_FENCE, handle, NULL), wanted);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_TRUE(CloseHandle(of_fence));
    EXPECT_EQ(release(tex), 0);
    EXPECT_EQ(release(by_kmt), 0);
    EXPECT_EQ(release(fence), 0);
    rig_close(&rig);
}

CASE(G11, closing_a_kmt_handle_fails, G + T, "CloseHandle of a KMT handle changes nothing")
{
    struct locked l;
    NEEDS_CUDA();
    locked_open(&l);
    SetLastError(0);
    EXPECT_TRUE(!CloseHandle(kmt_handle(l.buffer)));
    EXPECT_LAST_ERROR(ERROR_INVALID_HANDLE);
    write_buffer(&l.rig, l.buffer, 6);
    rig_idle(&l.rig);
    expect_range(l.ptr, SHARED_BYTES, 6);
    take_a_turn(&l.rig, l.mutex, l.semaphore);
    cudaExternalSemaphore_t again = locked_import(&l); /* the number still works */
    EXPECT_CUDA(cudaDestroyExternalSemaphore(again), cudaSuccess);
    locked_close(&l);
}

/* What the name leads to now. */
static HRESULT open_name(const struct rig *rig, const WCHAR *name)
{
    void *opened = NULL;
    HRESULT hr = ID3D11Device1_OpenSharedResourceByName(rig->device1, name,
                                                        DXGI_SHARED_RESOURCE_READ,
                                                        &IID_ID3D11Texture2D, &opened);
    release(opened);
    return hr;
}

CASE(G19, an_open_handle_is_a_reference, G, "A handle that nobody closes keeps the memory")
{
    struct rig rig;
    WCHAR name[64];
    NEEDS_CUDA();
    rig_open(&rig);
    unique_name(name, "kept");
    size_t before = probe_available() ? probe_live() : 0;
    ID3D11Texture2D *tex = rig_tex(&rig, SHARED | NTHANDLE);
    write_tex(&rig, tex, 7);
    rig_idle(&rig);
    HANDLE handle = nt_handle(tex, name);
    cudaExternalMemory_t memory = import_memory(MEMORY_NT, handle, TEX_BYTES);
    cudaMipmappedArray_t array = map_array(memory, array_of_tex());
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    EXPECT_EQ(release(tex), 0);
    if (probe_available())
        EXPECT_EQ(probe_live(), before + 1);
    EXPECT_HR(open_name(&rig, name), S_OK);
    memory = import_memory(MEMORY_NT, handle, TEX_BYTES);
    array = map_array(memory, array_of_tex());
    expect_array(array, 7);
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    EXPECT_TRUE(CloseHandle(handle));
    EXPECT_TRUE(FAILED(open_name(&rig, name)));
    if (probe_available())
        EXPECT_EQ(probe_live(), before);
    rig_close(&rig);
}

CASE(G20, size_limits_the_mapping, P,
     "A smaller size maps only that much; a larger is an error")
{
    const unsigned long long size = 1 << 20;
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Buffer *buffer = rig_buffer(&rig, (UINT)size, SHARED);
    HANDLE kmt = kmt_handle(buffer);
    void *ptr = UNTOUCHED;
    cudaExternalMemory_t memory = import_memory(MEMORY_KMT, kmt, 4096);
    EXPECT_CUDA(try_range(memory, 0, 4097, &ptr), cudaErrorInvalidValue);
    EXPECT_CUDA(try_range(memory, 0, size, &ptr), cudaErrorInvalidValue);
    EXPECT_CUDA(try_range(memory, 4096, 16, &ptr), cudaErrorInvalidValue);
    EXPECT_CUDA(try_range(memory, 2048, 2056, &ptr), cudaErrorInvalidValue);
    EXPECT_EQ(ptr, UNTOUCHED);
    EXPECT_CUDA(cudaFree(map_range(memory, 2048, 2048)), cudaSuccess);
    EXPECT_CUDA(cudaFree(map_range(memory, 0, 4096)), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    refuse_memory(memory_by(MEMORY_KMT, kmt, NULL, 2 * size), cudaErrorInvalidValue);
    refuse_memory(memory_by(MEMORY_KMT, kmt, NULL, UINT64_MAX), cudaErrorInvalidValue);
    EXPECT_EQ(release(buffer), 0);
    rig_close(&rig);
}

static struct peer *start_with(const char *role, HANDLE number)
{
    return peer_start(role, "%llu", (unsigned long long)(UINT_PTR)number);
}

/* How many processes hold it, as soon as it is that many. */
static size_t holders_within(HANDLE number, size_t wanted)
{
    uint64_t deadline = now_ms() + LONG_MS;
    size_t count = probe_holders(number);
    while (count != wanted && now_ms() < deadline) {
        sleep_ms(20);
        count = probe_holders(number);
    }
    return count;
}

CASE(G22, importing_process_killed, T, "A killed importer's references go with it")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    ID3D11Buffer *buffer = rig_buffer(&rig, SHARED_BYTES, KEYED);
    IDXGIKeyedMutex *mutex = keyed_mutex(buffer);
    REQUIRE_TRUE(mutex);
    HANDLE number = kmt_handle(buffer);
    struct peer *importer = start_with("G22_importer", number);
    struct peer *third = start_with("G22_peer", number);
    REQUIRE_SAYS(importer, "imported");
    REQUIRE_SAYS(third, "opened");
    if (probe_available())
        EXPECT_EQ(probe_holders(number), 3);
    peer_kill(importer);
    if (probe_available())
        EXPECT_EQ(holders_within(number, 2), 2);

    /* Those who are left go on with bytes and mutex. */
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 0, LONG_MS), S_OK);
    write_buffer(&rig, buffer, 22);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 1), S_OK);
    peer_go(third);
    REQUIRE_SAYS(third, "read and written");
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 2, LONG_MS), S_OK);
    expect_buffer(&rig, buffer, 23);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 0), S_OK);

    /* With theirs the last reference goes: the importer's are not there. */
    peer_end(third);
    EXPECT_EQ(release(open_kmt_buffer(&rig, number)), 0);
    release(mutex);
    EXPECT_EQ(release(buffer), 0);
    void *found = UNTOUCHED;
    EXPECT_HR(ID3D11Device_OpenSharedResource(rig.device, number, &IID_ID3D11Buffer, &found),
              E_INVALIDARG);
    EXPECT_EQ(found, NULL);
    refuse_memory(memory_by(MEMORY_KMT, number, NULL, SHARED_BYTES),
                  cudaErrorInvalidResourceHandle);
    rig_close(&rig);
}

/* Memory, a mapping of it, and the mutex, and work that is done with them. */
PEER(G22_importer)
{
    HANDLE number = (HANDLE)(UINT_PTR)peer_number();
    cudaStream_t stream = new_stream();
    cudaExternalMemory_t memory = import_memory(MEMORY_KMT, number, SHARED_BYTES);
    cudaExternalSemaphore_t semaphore = import_semaphore(SEMAPHORE_MUTEX_KMT, number);
    void *ptr = map_range(memory, 0, SHARED_BYTES);
    EXPECT_CUDA(cuda_wait(semaphore, 0, FOR_EVER, stream), cudaSuccess);
    EXPECT_CUDA(cudaMemsetAsync(ptr, 0x22, SHARED_BYTES, stream), cudaSuccess);
    EXPECT_CUDA(cuda_signal(semaphore, 0, stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamSynchronize(stream), cudaSuccess);
    peer_say("imported");
    peer_wait();
}

PEER(G22_peer)
{
    struct rig rig;
    rig_open(&rig);
    ID3D11Buffer *opened = open_kmt_buffer(&rig, (HANDLE)(UINT_PTR)peer_number());
    IDXGIKeyedMutex *mutex = keyed_mutex(opened);
    REQUIRE_TRUE(mutex);
    peer_say("opened");
    peer_wait();
    EXPECT_HR(IDXGIKeyedMutex_AcquireSync(mutex, 1, LONG_MS), S_OK);
    expect_buffer(&rig, opened, 22);
    write_buffer(&rig, opened, 23);
    EXPECT_HR(IDXGIKeyedMutex_ReleaseSync(mutex, 2), S_OK);
    peer_say("read and written");
    peer_wait();
    release(mutex);
    EXPECT_EQ(release(opened), 0);
    rig_close(&rig);
}
