/* SPDX-License-Identifier: MIT */
/* What is left of a device that is lost: clear answers, and ends that do not hang. */
#include "unit/device/nvidia/nv_rig.h"

#include <sys/wait.h>

static const struct layout_request shape = {.dimension = DIMENSION_2D,
                                            .format = 28,
                                            .width = 64,
                                            .height = 64,
                                            .levels = 1,
                                            .slices = 1};

static bool everything_is_refused(struct nv_rig *rig, struct resource *r,
                                  struct sync_page *page)
{
    struct gpu_stream *stream;
    struct resource other = nv_rig_resource(rig, &shape, false);
    struct copy copy = nv_rig_level(r, r, 0);
    struct fill fill = {
        .dst.resource = r, .row_bytes = 4, .rows = 1, .slices = 1, .pattern_bytes = 4};
    return nvidia_lost(rig->dev) && nvidia_progress(rig->stream) == UINT64_MAX &&
           nvidia_stream_create(rig->dev, &stream) == IST_DEVICE_LOST &&
           nvidia_stream_wrap(rig->dev, NULL, &stream) == IST_DEVICE_LOST &&
           nvidia_resource_create(rig->dev, &other, true) == IST_DEVICE_LOST &&
           nvidia_resource_open(rig->dev, &other, dup(r->memory.fd)) == IST_DEVICE_LOST &&
           nvidia_copy(rig->stream, &copy) == IST_DEVICE_LOST &&
           nvidia_fill(rig->stream, &fill) == IST_DEVICE_LOST &&
           nvidia_page_use(rig->dev, page) == IST_DEVICE_LOST &&
           nvidia_wait(rig->stream, &page->fence_gpu, 1, 0) == IST_DEVICE_LOST &&
           nvidia_signal(rig->stream, NULL, 1) == IST_DEVICE_LOST;
}

/* Loses the device as `lose` says, in a process of its own, where it stays lost. */
static void check_loss(void (*lose)(struct nv_rig *rig, struct sync_page *page))
{
    int status, fd;
    pid_t child = test_fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct sync_page *page;
        struct nv_rig rig = nv_rig_open();
        bool ok = sync_page_create(&page, &fd) == IST_OK &&
                  nvidia_page_use(rig.dev, page) == IST_OK;
        struct resource r = nv_rig_create(&rig, &shape, true);
        struct resource staging = nv_rig_staging(&rig, &shape);
        lose(&rig, page);
        ok = ok && everything_is_refused(&rig, &r, page);
        nvidia_page_leave(rig.dev, page);
        nv_rig_destroy(&rig, &r);
        nv_rig_destroy(&rig, &staging);
        nvidia_stream_destroy(rig.stream);
        ok = ok && nv_rig_free(&rig) == 0 && nv_pages_in_use() == 0;
        nvidia_close(rig.dev);
        _exit(ok ? 0 : 1);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static void lose_silently(struct nv_rig *rig, struct sync_page *page)
{
    (void)page;
    CHECK(!nvidia_lost(rig->dev));
    fake.lose(CUDA_ERROR_ILLEGAL_ADDRESS);
}

static void lose_in_a_call(struct nv_rig *rig, struct sync_page *page)
{
    (void)page;
    fake.fail("cuStreamWriteValue64", 1, CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(nvidia_signal(rig->stream, NULL, 1), IST_DEVICE_LOST);
    CHECK(strstr(status_reason(), "CUDA_ERROR_LAUNCH_FAILED (719)") != NULL);
}

static void lose_while_waiting(struct nv_rig *rig, struct sync_page *page)
{
    CHECK_EQ(nvidia_wait(rig->stream, &page->fence_gpu, 5, 0), IST_OK);
    fake.lose(CUDA_ERROR_ECC_UNCORRECTABLE);
}

static void lose_at_the_end_of_the_process(struct nv_rig *rig, struct sync_page *page)
{
    (void)page;
    fake.fail("cuStreamQuery", 1, CUDA_ERROR_DEINITIALIZED);
    CHECK(nvidia_lost(rig->dev));
}

/* As cudaDeviceReset() does. */
static void lose_by_a_reset(struct nv_rig *rig, struct sync_page *page)
{
    CUresult (*reset)(CUdevice);
    (void)page;
    *(void **)&reset = nv_rig_symbol("cuDevicePrimaryCtxReset_v2");
    CHECK_EQ(reset(rig->nv->ordinal), 0);
}

/* Then somebody goes on with CUDA: the same handle, and none of what we had. */
static void lose_by_a_reset_and_go_on(struct nv_rig *rig, struct sync_page *page)
{
    CUcontext again = NULL;
    lose_by_a_reset(rig, page);
    CHECK_EQ(driver.context_retain(&again, rig->nv->ordinal), 0);
    CHECK_PTR_EQ(again, rig->nv->context);
}

TEST(a_reset_device_is_lost)
{
    check_loss(lose_by_a_reset);
    check_loss(lose_by_a_reset_and_go_on);
}

/* Nobody asked the driver yet, and what the host reads is still there. */
TEST(memory_of_the_host_outlives_a_reset)
{
    int status;
    pid_t child = test_fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct nv_rig rig = nv_rig_open();
        struct resource staging = nv_rig_staging(&rig, &shape);
        volatile unsigned char *bytes = staging.memory.base;
        nv_rig_sync(&rig);
        lose_by_a_reset(&rig, NULL);
        bool ok = nvidia_progress(rig.stream) == rig.ticket && bytes[0] == 0;
        bytes[staging.layout.size - 1] = 7;
        nv_rig_destroy(&rig, &staging);
        nvidia_stream_destroy(rig.stream);
        _exit(ok && !nv_alive(rig.nv) ? 0 : 1);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

TEST(a_silent_loss_is_found_by_asking)
{
    check_loss(lose_silently);
}

TEST(a_loss_is_found_by_the_call_that_meets_it)
{
    check_loss(lose_in_a_call);
}

TEST(a_loss_ends_what_waits)
{
    check_loss(lose_while_waiting);
}

TEST(a_driver_that_is_gone_is_left_alone)
{
    check_loss(lose_at_the_end_of_the_process);
}
