/* SPDX-License-Identifier: MIT */
/*
 * Drives the eight imports of calls.h: each test makes the D3D11 object, imports it by one of
 * the functions, and sees bytes or order pass in both directions. What the guide promises about
 * handles and lifetimes is checked where it says so.
 */
#include "guide_rig.h"

size_t rig_live_objects(void) __asm__("ist_private_object_live_count");

size_t test_live_objects(void)
{
    return rig_live_objects();
}

void test_warm_up(void)
{
    struct rig rig;
    rig_start(&rig);
    rig_finish(&rig);
}

#define NT (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define KEYED_NT (D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

enum { BYTES = 70000, WIDTH = 33, HEIGHT = 7, ROW = WIDTH * 4 };

/* What the tests write and read; large enough for each of them. */
static unsigned char wrote[BYTES], got[BYTES];

/* D3D11 writes and CUDA reads, then the other way round, through a mapped buffer. */
static void check_buffer_both_ways(struct rig *rig, ID3D11Resource *buffer, void *pointer)
{
    rig_pattern(wrote, BYTES, 1);
    rig_d3d_write(rig, buffer, wrote, BYTES);
    rig_flush(rig);
    memset(got, 0, BYTES);
    CHECK_EQ(cudaMemcpy(got, pointer, BYTES, cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_MEM(got, wrote, BYTES);

    /* What comes out of pageable memory may still be under way when the call returns. */
    rig_pattern(wrote, BYTES, 99);
    CHECK_EQ(cudaMemcpy(pointer, wrote, BYTES, cudaMemcpyHostToDevice), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(NULL), cudaSuccess);
    memset(got, 0, BYTES);
    rig_d3d_read(rig, buffer, got, BYTES, 1);
    CHECK_MEM(got, wrote, BYTES);
}

/* The same through a mapped array of `rows` rows. */
static void check_array_both_ways(struct rig *rig, ID3D11Resource *texture, cudaArray_t array,
                                  size_t row, size_t rows)
{
    rig_pattern(wrote, row * rows, 5);
    rig_d3d_write(rig, texture, wrote, (UINT)row);
    rig_flush(rig);
    memset(got, 0, row * rows);
    CHECK_EQ(cudaMemcpy2DFromArray(got, row, array, 0, 0, row, rows, cudaMemcpyDeviceToHost),
             cudaSuccess);
    CHECK_MEM(got, wrote, row * rows);

    rig_pattern(wrote, row * rows, 200);
    CHECK_EQ(cudaMemcpy2DToArray(array, 0, 0, wrote, row, row, rows, cudaMemcpyHostToDevice),
             cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(NULL), cudaSuccess);
    memset(got, 0, row * rows);
    rig_d3d_read(rig, texture, got, (UINT)row, (UINT)rows);
    CHECK_MEM(got, wrote, row * rows);
}

TEST(buffer_by_nt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *buffer = rig_buffer(&rig, BYTES, NT);
    HANDLE handle = rig_nt_handle(buffer, NULL);
    cudaExternalMemory_t memory = import_calls.memory_nt(handle, BYTES);
    CHECK(memory != NULL);
    CHECK(!CloseHandle(handle)); /* the import function has closed it */
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);

    void *pointer = rig_map_buffer(memory, BYTES);
    check_buffer_both_ways(&rig, buffer, pointer);

    /* The import owns the memory: the creator may go first. */
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    CHECK_EQ(cudaMemcpy(got, pointer, BYTES, cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_MEM(got, wrote, BYTES);
    CHECK_EQ(cudaFree(pointer), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    rig_finish(&rig);
}

TEST(texture_2d_by_nt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture = rig_texture2d(&rig, WIDTH, HEIGHT, NT);
    cudaExternalMemory_t memory =
        import_calls.memory_nt(rig_nt_handle(texture, NULL), ROW * HEIGHT);
    CHECK(memory != NULL);
    struct rig_array array = rig_map_array(memory, WIDTH, HEIGHT);
    check_array_both_ways(&rig, texture, array.level, ROW, HEIGHT);
    CHECK_EQ(cudaFreeMipmappedArray(array.mipmaps), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    rig_finish(&rig);
}

TEST(texture_2d_by_name)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture = rig_texture2d(&rig, WIDTH, HEIGHT, NT);
    HANDLE handle = rig_nt_handle(texture, L"Local\\isthmus-guide-texture");
    cudaExternalMemory_t memory =
        import_calls.memory_name(L"Local\\isthmus-guide-texture", ROW * HEIGHT);
    CHECK(memory != NULL);
    CHECK(CloseHandle(handle));
    struct rig_array array = rig_map_array(memory, WIDTH, HEIGHT);
    check_array_both_ways(&rig, texture, array.level, ROW, HEIGHT);
    CHECK_EQ(cudaFreeMipmappedArray(array.mipmaps), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    rig_finish(&rig);
}

TEST(texture_1d_by_kmt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture = rig_texture1d(&rig, WIDTH, D3D11_RESOURCE_MISC_SHARED);
    HANDLE number = rig_kmt_handle(texture);
    cudaExternalMemory_t memory = import_calls.memory_kmt(number, ROW);
    CHECK(memory != NULL);
    struct rig_array array = rig_map_array(memory, WIDTH, 0);
    check_array_both_ways(&rig, texture, array.level, ROW, 1);
    CHECK_EQ(cudaFreeMipmappedArray(array.mipmaps), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(texture), 0);

    /* The number holds nothing: with the last reference it has died. */
    ID3D11Texture1D *gone = NULL;
    CHECK_EQ(ID3D11Device5_OpenSharedResource(rig.device, number, &IID_ID3D11Texture1D,
                                              (void **)&gone),
             E_INVALIDARG);
    rig_finish(&rig);
}

TEST(buffer_by_kmt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *buffer = rig_buffer(&rig, BYTES, D3D11_RESOURCE_MISC_SHARED);
    cudaExternalMemory_t memory = import_calls.memory_kmt(rig_kmt_handle(buffer), BYTES);
    CHECK(memory != NULL);
    void *pointer = rig_map_buffer(memory, BYTES);
    check_buffer_both_ways(&rig, buffer, pointer);
    CHECK_EQ(cudaFree(pointer), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    rig_finish(&rig);
}

/* One frame from D3D11 through CUDA back to D3D11, ordered by the fence alone. */
static void check_frame_by_fence(struct rig *rig, cudaExternalSemaphore_t sem,
                                 ID3D11Fence *fence)
{
    static unsigned char seen[BYTES], changed[BYTES];
    ID3D11Resource *buffer = rig_buffer(rig, BYTES, NT);
    cudaExternalMemory_t memory = import_calls.memory_nt(rig_nt_handle(buffer, NULL), BYTES);
    void *pointer = rig_map_buffer(memory, BYTES);
    rig_pattern(wrote, BYTES, 3);
    rig_pattern(changed, BYTES, 77);

    rig_d3d_write(rig, buffer, wrote, BYTES);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig->context, fence, 1), S_OK);
    ID3D11DeviceContext4_Flush(rig->context);
    rig_wait_fence(rig, sem, 1);
    CHECK_EQ(cudaMemcpyAsync(seen, pointer, BYTES, cudaMemcpyDeviceToHost, rig->stream),
             cudaSuccess);
    CHECK_EQ(cudaMemcpyAsync(pointer, changed, BYTES, cudaMemcpyHostToDevice, rig->stream),
             cudaSuccess);
    rig_signal_fence(rig, sem, 2);

    CHECK_EQ(ID3D11DeviceContext4_Wait(rig->context, fence, 2), S_OK);
    rig_d3d_read(rig, buffer, got, BYTES, 1);
    CHECK_MEM(got, changed, BYTES);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 2);
    CHECK_EQ(cudaStreamSynchronize(rig->stream), cudaSuccess);
    CHECK_MEM(seen, wrote, BYTES);

    CHECK_EQ(cudaFree(pointer), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
}

/* A wait before its signal holds the stream and nobody else. */
static void check_wait_before_signal(struct rig *rig, cudaExternalSemaphore_t sem,
                                     ID3D11Fence *fence)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 11, event), S_OK);
    rig_wait_fence(rig, sem, 10);
    rig_signal_fence(rig, sem, 11);
    CHECK_EQ(cudaStreamQuery(rig->stream), cudaErrorNotReady);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_EQ(ID3D11DeviceContext4_Signal(rig->context, fence, 10), S_OK);
    ID3D11DeviceContext4_Flush(rig->context);
    CHECK_EQ(WaitForSingleObject(event, RIG_TIMEOUT_MS), WAIT_OBJECT_0);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 11);
    CHECK_EQ(cudaStreamSynchronize(rig->stream), cudaSuccess);
    CHECK(CloseHandle(event));
}

TEST(fence_by_nt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0);
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, NULL, &handle), S_OK);
    cudaExternalSemaphore_t sem = import_calls.fence_nt(handle);
    CHECK(sem != NULL);
    CHECK(!CloseHandle(handle));
    check_frame_by_fence(&rig, sem, fence);
    check_wait_before_signal(&rig, sem, fence);
    CHECK_EQ(cudaDestroyExternalSemaphore(sem), cudaSuccess);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

TEST(fence_by_name)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Fence *fence = rig_fence(&rig, 0);
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, L"isthmus-guide-fence",
                                            &handle),
             S_OK);
    cudaExternalSemaphore_t sem = import_calls.fence_name(L"isthmus-guide-fence");
    CHECK(sem != NULL);
    CHECK(CloseHandle(handle));
    check_frame_by_fence(&rig, sem, fence);
    check_wait_before_signal(&rig, sem, fence);
    CHECK_EQ(cudaDestroyExternalSemaphore(sem), cudaSuccess);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    rig_finish(&rig);
}

static IDXGIKeyedMutex *mutex_of(ID3D11Resource *resource)
{
    IDXGIKeyedMutex *mutex = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIKeyedMutex, (void **)&mutex),
             S_OK);
    return mutex;
}

/* D3D11 writes under key 0, CUDA reads and changes under key 1, D3D11 reads under key 2. */
static void check_turns(struct rig *rig, ID3D11Resource *texture, cudaArray_t array,
                        cudaExternalSemaphore_t sem)
{
    static unsigned char seen[ROW * HEIGHT], changed[ROW * HEIGHT];
    IDXGIKeyedMutex *mutex = mutex_of(texture);
    for (UINT64 key = 0; key < 9; key += 3) {
        rig_pattern(wrote, ROW * HEIGHT, (unsigned)key + 20);
        rig_pattern(changed, ROW * HEIGHT, (unsigned)key + 150);
        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, key, RIG_TIMEOUT_MS), S_OK);
        rig_d3d_write(rig, texture, wrote, ROW);
        CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, key + 1), S_OK);

        rig_wait_key(rig, sem, key + 1);
        CHECK_EQ(cudaMemcpy2DFromArrayAsync(seen, ROW, array, 0, 0, ROW, HEIGHT,
                                            cudaMemcpyDeviceToHost, rig->stream),
                 cudaSuccess);
        CHECK_EQ(cudaMemcpy2DToArrayAsync(array, 0, 0, changed, ROW, ROW, HEIGHT,
                                          cudaMemcpyHostToDevice, rig->stream),
                 cudaSuccess);
        rig_signal_key(rig, sem, key + 2);

        CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, key + 2, RIG_TIMEOUT_MS), S_OK);
        rig_d3d_read(rig, texture, got, ROW, HEIGHT);
        CHECK_EQ(IDXGIKeyedMutex_ReleaseSync(mutex, key + 3), S_OK);
        CHECK_MEM(got, changed, ROW * HEIGHT);
        CHECK_EQ(cudaStreamSynchronize(rig->stream), cudaSuccess);
        CHECK_MEM(seen, wrote, ROW * HEIGHT);
    }
    CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, 0, 0), WAIT_TIMEOUT);
    IDXGIKeyedMutex_Release(mutex);
}

/* The end of all keyed-mutex tests. */
static void finish_turns(struct rig *rig, ID3D11Resource *texture, cudaExternalMemory_t memory,
                         cudaExternalSemaphore_t sem)
{
    CHECK(memory != NULL);
    CHECK(sem != NULL);
    struct rig_array array = rig_map_array(memory, WIDTH, HEIGHT);
    check_turns(rig, texture, array.level, sem);
    CHECK_EQ(cudaFreeMipmappedArray(array.mipmaps), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalSemaphore(sem), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    rig_finish(rig);
}

/* Memory and mutex come from one handle; each import closes the one that it is given. */
TEST(keyed_mutex_by_nt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture = rig_texture2d(&rig, WIDTH, HEIGHT, KEYED_NT);
    HANDLE handle = rig_nt_handle(texture, NULL), copy = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    cudaExternalSemaphore_t sem = import_calls.mutex_nt(handle);
    cudaExternalMemory_t memory = import_calls.memory_nt(copy, ROW * HEIGHT);
    CHECK(!CloseHandle(handle));
    CHECK(!CloseHandle(copy));
    finish_turns(&rig, texture, memory, sem);
}

TEST(keyed_mutex_by_name)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture = rig_texture2d(&rig, WIDTH, HEIGHT, KEYED_NT);
    HANDLE handle = rig_nt_handle(texture, L"Global\\isthmus-guide-mutex");
    cudaExternalSemaphore_t sem = import_calls.mutex_name(L"Global\\isthmus-guide-mutex");
    cudaExternalMemory_t memory =
        import_calls.memory_name(L"Global\\isthmus-guide-mutex", ROW * HEIGHT);
    CHECK(CloseHandle(handle));
    finish_turns(&rig, texture, memory, sem);
}

/* The guide's function closes the number after the import; the memory import comes after
 * that. */
TEST(keyed_mutex_by_kmt_handle)
{
    struct rig rig;
    rig_start(&rig);
    ID3D11Resource *texture =
        rig_texture2d(&rig, WIDTH, HEIGHT, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX);
    HANDLE number = rig_kmt_handle(texture);
    cudaExternalSemaphore_t sem = import_calls.mutex_kmt(number);
    cudaExternalMemory_t memory = import_calls.memory_kmt(number, ROW * HEIGHT);
    finish_turns(&rig, texture, memory, sem);
}
