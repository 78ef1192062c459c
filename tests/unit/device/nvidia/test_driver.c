/* SPDX-License-Identifier: MIT */
/* Which drivers are taken, and what is said of the others. Each in a process of its own. */
#include "unit/device/nvidia/nv_rig.h"

#include <sys/wait.h>

struct expectation {
    const char *name, *value; /* of the environment */
    const char *reason;       /* a part of it */
    unsigned devices;
};

static void load_in_child(const struct expectation *e)
{
    struct device *found[4];
    setenv(e->name, e->value, 1);
    unsigned count = nvidia_probe(found, 4);
    bool said = e->reason ? strstr(driver_reason(), e->reason) != NULL : !*driver_reason();
    if (!said)
        fprintf(stderr, "reason: %s\n", driver_reason());
    _exit(count == e->devices && said ? 0 : 1);
}

static void check_load(const struct expectation *e)
{
    int status;
    pid_t child = test_fork();
    CHECK(child >= 0);
    if (child == 0)
        load_in_child(e);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

TEST(a_driver_that_fits_is_taken)
{
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_DEVICES", "2", NULL, 2});
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_VERSION", "12000", NULL, 2});
}

TEST(no_library_is_said_in_the_loaders_words)
{
    check_load(&(struct expectation){"ISTHMUS_LIBCUDA", "/no/such/libcuda.so.1",
                                     "/no/such/libcuda.so.1: cannot open", 0});
}

TEST(a_library_without_the_functions_is_too_old)
{
    check_load(
        &(struct expectation){"ISTHMUS_LIBCUDA", "libm.so.6", "libm.so.6 has no cuInit", 0});
}

TEST(a_driver_before_12_is_too_old)
{
    check_load(
        &(struct expectation){"ISTHMUS_FAKECUDA_VERSION", "11080", "supports CUDA 11.8", 0});
}

TEST(a_driver_that_does_not_start_says_why)
{
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuInit:1:100",
                                     "CUDA_ERROR_NO_DEVICE (100)", 0});
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDriverGetVersion:1",
                                     "answered 999", 0});
}

TEST(no_gpu_is_no_mistake)
{
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceGetCount:1", NULL, 0});
}

TEST(a_gpu_that_cannot_be_described_or_used_is_left_out)
{
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceGetUuid:1", NULL, 1});
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceTotalMem:1", NULL, 1});
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceGetName:1", NULL, 1});
    check_load(&(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceGet:1", NULL, 1});
    check_load(
        &(struct expectation){"ISTHMUS_FAKECUDA_FAIL", "cuDeviceGetAttribute:4", NULL, 1});
}

TEST(every_name_is_there_once)
{
    const char *const *names = (const char *const *)&driver_names;
    size_t count = sizeof(driver_names) / sizeof(*names);
    CHECK_EQ(sizeof(driver), count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ(strncmp(names[i], "cu", 2), 0);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(names[i], names[j]) != 0);
    }
    CHECK_STR(driver_names.memory_free, "cuMemFree_v2");
}
