/* SPDX-License-Identifier: MIT */
/* Memory: every kind of it, what another process sees, and what copies do to arrays. */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum { SIZE = 2 << 20, WIDTH = 100, HEIGHT = 37, DEPTH = 5, BYTES = WIDTH * HEIGHT * DEPTH };

static int peer = -1; /* a socket to a process that was made before the first call */
static pid_t peer_pid;

size_t test_live_objects(void)
{
    return fakecuda_live(FAKECUDA_KINDS);
}

static void send_fd(int to, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof(fd))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    CHECK_EQ(sendmsg(to, &message, 0), 1);
}

static int receive_fd(int from)
{
    int fd = -1;
    char byte, control[CMSG_SPACE(sizeof(fd))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    if (recvmsg(from, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

/* The other process: adds one to the first number of the memory that it is sent. */
static void peer_run(int socket)
{
    CUmemGenericAllocationHandle handle;
    CUcontext ctx;
    CUdeviceptr at;
    CUmemAccessDesc access = {{CU_MEM_LOCATION_TYPE_DEVICE, 0},
                              CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    unsigned number = 0;
    int fd = receive_fd(socket);
    if (fd < 0)
        _exit(0);
    int bad = cuInit(0) || cuDevicePrimaryCtxRetain(&ctx, 0) || cuCtxPushCurrent_v2(ctx) ||
              cuMemImportFromShareableHandle(&handle, (void *)(intptr_t)fd, 1) ||
              cuMemAddressReserve(&at, SIZE, 0, 0, 0) || cuMemMap(at, SIZE, 0, handle, 0) ||
              cuMemSetAccess(at, SIZE, &access, 1) || cuMemcpyDtoH_v2(&number, at, 4);
    number++;
    bad = bad || cuMemcpyHtoD_v2(at, &number, 4);
    if (write(socket, &bad, sizeof(bad)) < 0)
        _exit(2);
    _exit(bad);
}

void test_warm_up(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return;
    peer_pid = fork();
    if (peer_pid == 0) {
        close(pair[0]);
        peer_run(pair[1]);
    }
    close(pair[1]);
    peer = pair[0];
}

TEST(allocations_count_and_end)
{
    struct rig rig = rig_new();
    CUdeviceptr at;
    size_t free_before, free_now, total;
    OK(cuMemGetInfo_v2(&free_before, &total));
    OK(cuMemAlloc_v2(&at, 1000));
    OK(cuMemGetInfo_v2(&free_now, &total));
    CHECK_EQ(free_before - free_now, 1000);
    CHECK_EQ(fakecuda_live(FAKECUDA_ALLOCATION), 1);
    OK(cuMemFree_v2(at));
    CHECK_EQ(cuMemFree_v2(at), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMemAlloc_v2(&at, total + 1), CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(cuMemAlloc_v2(&at, 0), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&rig);
}

TEST(host_memory_is_registered_once)
{
    struct rig rig = rig_new();
    static char page[8192] __attribute__((aligned(4096)));
    CUdeviceptr at;
    void *host;
    OK(cuMemHostRegister_v2(page, sizeof(page), CU_MEMHOSTREGISTER_DEVICEMAP));
    CHECK_EQ(cuMemHostRegister_v2(page + 4096, 4096, 0),
             CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    OK(cuMemHostGetDevicePointer_v2(&at, page + 8, 0));
    OK(cuMemsetD8Async(at, 0x77, 4, rig.stream));
    OK(cuStreamSynchronize(rig.stream));
    CHECK_MEM(page + 4, "\0\0\0\0\x77\x77\x77\x77\0", 9);
    OK(cuMemHostUnregister(page));
    CHECK_EQ(cuMemHostUnregister(page), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    CHECK_EQ(cuMemHostGetDevicePointer_v2(&at, page, 0), CUDA_ERROR_INVALID_VALUE);
    OK(cuMemHostAlloc(&host, 100, 0));
    OK(cuMemFreeHost(host));
    CHECK_EQ(cuMemFreeHost(host), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&rig);
}

static CUdeviceptr map_new(int fd)
{
    CUmemGenericAllocationHandle handle;
    CUmemAccessDesc access = {{CU_MEM_LOCATION_TYPE_DEVICE, 0},
                              CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    CUdeviceptr at = 0;
    OK(cuMemImportFromShareableHandle(&handle, (void *)(intptr_t)fd, 1));
    OK(cuMemAddressReserve(&at, SIZE, 0, 0, 0));
    OK(cuMemMap(at, SIZE, 0, handle, 0));
    CHECK_EQ(cuMemsetD8_v2(at, 0, 1), CUDA_ERROR_INVALID_VALUE); /* no access yet */
    OK(cuMemSetAccess(at, SIZE, &access, 1));
    OK(cuMemRelease(handle));
    return at;
}

static void map_end(CUdeviceptr at)
{
    CHECK_EQ(cuMemAddressFree(at, SIZE), CUDA_ERROR_INVALID_VALUE); /* still mapped */
    OK(cuMemUnmap(at, SIZE));
    OK(cuMemAddressFree(at, SIZE));
}

TEST(another_process_shares_the_memory)
{
    struct rig rig = rig_new();
    int bad = -1, status, fd = rig_memory_fd(SIZE);
    unsigned number = 41;
    CUdeviceptr at = map_new(fd);
    OK(cuMemcpyHtoD_v2(at, &number, 4));
    send_fd(peer, fd);
    close(fd);
    CHECK_EQ(read(peer, &bad, sizeof(bad)), sizeof(bad));
    CHECK_EQ(bad, 0);
    OK(cuMemcpyDtoH_v2(&number, at, 4));
    CHECK_EQ(number, 42);
    CHECK_EQ(waitpid(peer_pid, &status, 0), peer_pid);
    CHECK_EQ(status, 0);
    map_end(at);
    rig_finish(&rig);
}

TEST(device_memory_is_not_where_its_address_says)
{
    struct rig rig = rig_new();
    CUdeviceptr at;
    int pipes[2];
    OK(cuMemAlloc_v2(&at, 4096));
    CHECK_EQ(pipe(pipes), 0);
    CHECK_EQ(write(pipes[1], (void *)(uintptr_t)at, 1), -1); /* EFAULT */
    close(pipes[0]);
    close(pipes[1]);
    OK(cuMemFree_v2(at));
    rig_finish(&rig);
}

static CUDA_MEMCPY3D box(CUarray array, void *host, size_t w, size_t h, size_t d, bool in)
{
    CUDA_MEMCPY3D c = {.WidthInBytes = w, .Height = h, .Depth = d};
    c.srcMemoryType = in ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_ARRAY;
    c.dstMemoryType = in ? CU_MEMORYTYPE_ARRAY : CU_MEMORYTYPE_HOST;
    c.srcHost = c.dstHost = host;
    c.srcArray = c.dstArray = array;
    c.srcPitch = c.dstPitch = w;
    c.srcHeight = c.dstHeight = h;
    return c;
}

/* Writes a pattern into all of an array and reads it back; `raw` is what lies in the memory. */
static void round_trip(CUexternalMemory memory, CUDA_ARRAY3D_DESCRIPTOR desc,
                       unsigned char *raw)
{
    static unsigned char in[BYTES], out[BYTES];
    size_t h = desc.Height ? desc.Height : 1, d = desc.Depth ? desc.Depth : 1;
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC map = {.arrayDesc = desc, .numLevels = 2};
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC all = {.size = SIZE};
    CUmipmappedArray mipmap;
    CUdeviceptr at;
    CUarray level;
    for (size_t i = 0; i < BYTES; i++)
        in[i] = (unsigned char)(i * 7 + i / 251);
    memset(out, 0, sizeof(out));
    OK(cuExternalMemoryGetMappedMipmappedArray(&mipmap, memory, &map));
    OK(cuExternalMemoryGetMappedBuffer(&at, memory, &all));
    OK(cuMipmappedArrayGetLevel(&level, mipmap, 0));
    CUDA_MEMCPY3D c = box(level, in, desc.Width, h, d, true);
    OK(cuMemcpy3D_v2(&c));
    c = box(level, out, desc.Width, h, d, false);
    OK(cuMemcpy3D_v2(&c));
    CHECK_MEM(out, in, desc.Width * h * d);
    OK(cuMemcpyDtoH_v2(raw, at, SIZE));
    CHECK(memcmp(raw, in, desc.Width * h * d) != 0); /* not the bytes in their order */
    c = box(level, out, desc.Width + 1, h, d, false);
    CHECK_EQ(cuMemcpy3D_v2(&c), CUDA_ERROR_INVALID_VALUE);
    OK(cuMemFree_v2(at));
    OK(cuMipmappedArrayDestroy(mipmap));
}

TEST(arrays_keep_every_byte_and_depth_1_is_another_layout)
{
    static unsigned char raw[6][SIZE];
    struct rig rig = rig_new();
    CUexternalMemory memory = rig_import(rig_memory_fd(SIZE), SIZE);
    const CUDA_ARRAY3D_DESCRIPTOR shapes[6] = {
        {WIDTH, HEIGHT, 0, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0},
        {WIDTH, HEIGHT, 1, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0},
        {WIDTH, HEIGHT, 1, CU_AD_FORMAT_UNORM_INT8X1, 1, CUDA_ARRAY3D_LAYERED},
        {WIDTH, HEIGHT, DEPTH, CU_AD_FORMAT_UNSIGNED_INT8, 1, CUDA_ARRAY3D_LAYERED},
        {WIDTH, HEIGHT, DEPTH, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0},
        {WIDTH, 0, 0, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0},
    };
    for (size_t i = 0; i < 6; i++)
        round_trip(memory, shapes[i], raw[i]);
    CHECK(memcmp(raw[0], raw[1], SIZE) != 0);
    CHECK_MEM(raw[0], raw[2], WIDTH * HEIGHT);
    OK(cuDestroyExternalMemory(memory));
    rig_finish(&rig);
}
