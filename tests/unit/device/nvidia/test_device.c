/* SPDX-License-Identifier: MIT */
/* The GPUs as devices: identity, opening, and a process that forked. */
#include "unit/device/nvidia/nv_rig.h"

#include <sys/wait.h>

TEST(two_gpus_are_two_devices_with_identities)
{
    struct device *found[4] = {NULL};
    CHECK_EQ(nvidia_probe(found, 4), 2);
    static const unsigned char zero[16];
    for (int i = 0; i < 2; i++) {
        CHECK_STR(found[i]->ops->name, "nvidia");
        CHECK(found[i]->ops->gpu == &nvidia_gpu_ops);
        CHECK(memcmp(found[i]->uuid, zero, 16) != 0);
        CHECK(memcmp(found[i]->luid, zero, 4) != 0);
        CHECK(found[i]->luid[7] < 0x80);
        CHECK_EQ(found[i]->vendor, 0x10de);
        CHECK(found[i]->memory_bytes > 0);
        CHECK(found[i]->description[0] != '\0');
    }
    CHECK(memcmp(found[0]->uuid, found[1]->uuid, 16) != 0);
    CHECK(memcmp(found[0]->luid, found[1]->luid, 8) != 0);
}

TEST(no_more_are_written_than_there_is_room_for)
{
    struct device *found[2] = {NULL};
    CHECK_EQ(nvidia_probe(found, 1), 1);
    CHECK_PTR_EQ(found[1], NULL);
    CHECK_EQ(nvidia_probe(found, 0), 0);
}

TEST(the_environment_picks_the_gpus)
{
    struct device *found[4] = {NULL};
    setenv("ISTHMUS_DEVICE", "nvidia", 1);
    CHECK_EQ(device_probe(found, 4), 2);
    unsetenv("ISTHMUS_DEVICE");
    CHECK_STR(found[1]->ops->name, "nvidia");
    CHECK_EQ(device_probe(found, 4), 1);
    CHECK_STR(found[0]->ops->name, "cpu");
}

TEST(every_operation_is_there)
{
    const void *const *ops = (const void *const *)&nvidia_gpu_ops;
    for (size_t i = 0; i < sizeof(nvidia_gpu_ops) / sizeof(*ops); i++)
        CHECK(ops[i] != NULL);
}

TEST(a_context_comes_with_the_first_use_and_goes)
{
    struct device *dev = nv_rig_device(0);
    nv_rig_find_fake();
    CHECK(!nvidia_lost(dev));
    CHECK_EQ(fake.live(FAKECUDA_CONTEXT), 0);
    struct nv_rig rig = nv_rig_open();
    CHECK_EQ(fake.live(FAKECUDA_CONTEXT), 1);
    CHECK(!nvidia_lost(dev));
    nv_rig_finish(&rig);
}

TEST(two_gpus_have_a_context_each)
{
    struct nv_rig one = nv_rig_open_on(0), two = nv_rig_open_on(1);
    CHECK_EQ(fake.live(FAKECUDA_CONTEXT), 2);
    nv_rig_sync(&one);
    nv_rig_sync(&two);
    nvidia_stream_destroy(two.stream);
    nvidia_close(two.dev);
    nv_rig_finish(&one);
}

TEST(without_the_kernel_there_is_still_a_device)
{
    nv_rig_device(0);
    nv_rig_find_fake();
    fake.fail("cuModuleLoadData", 1, CUDA_ERROR_NO_BINARY_FOR_GPU);
    struct nv_rig rig = nv_rig_open();
    CHECK_PTR_EQ(rig.nv->module, NULL);
    nv_rig_finish(&rig);
}

/* In the child: refused everywhere, and nothing asks the driver. */
static int use_in_child(struct nv_rig *rig, struct resource *r, struct sync_page *page)
{
    struct gpu_stream *stream;
    struct resource other = *r;
    struct copy copy = {
        .dst.resource = r, .src.resource = r, .row_bytes = 1, .rows = 1, .slices = 1};
    size_t before = fake.calls(NULL);
    bool ok = nvidia_lost(rig->dev) && nvidia_progress(rig->stream) == UINT64_MAX &&
              nvidia_stream_create(rig->dev, &stream) == IST_DEVICE_LOST &&
              nvidia_resource_create(rig->dev, &other, false) == IST_DEVICE_LOST &&
              nvidia_copy(rig->stream, &copy) == IST_DEVICE_LOST &&
              nvidia_page_use(rig->dev, page) == IST_DEVICE_LOST &&
              nvidia_wait(rig->stream, &page->fence_gpu, 1, 0) == IST_DEVICE_LOST &&
              nvidia_signal(rig->stream, NULL, 1) == IST_DEVICE_LOST;
    nvidia_page_leave(rig->dev, page);
    nvidia_resource_destroy(rig->dev, r);
    nvidia_stream_destroy(rig->stream);
    return ok && fake.calls(NULL) == before ? 0 : 1;
}

TEST(the_child_of_a_fork_is_refused_and_leaves_the_driver_alone)
{
    struct nv_rig rig = nv_rig_open();
    struct sync_page *page;
    int fd, status;
    CHECK_EQ(sync_page_create(&page, &fd), IST_OK);
    CHECK_EQ(nvidia_page_use(rig.dev, page), IST_OK);
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 100};
    struct resource r = nv_rig_create(&rig, &shape, true);
    pid_t child = test_fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(use_in_child(&rig, &r, page));
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    nvidia_page_leave(rig.dev, page);
    sync_page_close(page);
    close(fd);
    nv_rig_destroy(&rig, &r);
    nv_rig_finish(&rig);
}
