/* SPDX-License-Identifier: MIT */
/* `isthmus demo --device nvidia` on the driver of tests/fakecuda: the picture of the cpu. */
#include "capture.h"

#include "unit/interop/fake_gpu.h"

static char *contents(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    CHECK(file != NULL && bytes != NULL);
    *size = fread(bytes, 1, 1 << 20, file);
    CHECK(*size > 0 && *size < 1 << 20);
    fclose(file);
    return bytes;
}

TEST(a_kernel_and_a_host_function_paint_the_same_picture)
{
    SKIP_UNLESS_PROCESSES();
    struct folder at = folder_new();
    struct capture c;
    size_t sizes[2];
    CHECK_EQ(COMMAND(&c, "image", "157", "83", at.name[0]), 0); /* no multiple of a tile */
    CHECK_EQ(COMMAND(&c, "demo", "--device", "cpu", at.name[0], at.name[1]), 0);
    FAKE_GPU();
    CHECK_EQ(unsetenv("ISTHMUS_DEVICE"), 0); /* --device does it */
    int code = COMMAND(&c, "demo", "--device", "nvidia", "-n", "3", at.name[0], at.name[2]);
    if (code)
        test_fail(TEST_HERE, "the demo answered %d: %s", code, c.text);
    char *cpu = contents(at.name[1], &sizes[0]), *gpu = contents(at.name[2], &sizes[1]);
    CHECK_EQ(sizes[1], sizes[0]);
    CHECK(sizes[0] == sizes[1] && memcmp(cpu, gpu, sizes[0]) == 0);
    free(cpu);
    free(gpu);
    folder_finish(&at);
}

TEST(without_a_gpu_it_says_why)
{
    SKIP_UNLESS_PROCESSES();
    struct folder at = folder_new();
    struct capture c;
    CHECK_EQ(setenv("ISTHMUS_LIBCUDA", "/nowhere/libcuda.so.1", 1), 0);
    CHECK_EQ(COMMAND(&c, "image", "16", "16", at.name[0]), 0);
    CHECK_EQ(COMMAND(&c, "demo", "--device", "nvidia", at.name[0], at.name[1]), 1);
    CHECK(strstr(c.text, "/nowhere/libcuda.so.1") != NULL);
    CHECK_EQ(COMMAND(&c, "conformance", "--device", "nvidia"), 1);
    CHECK(strstr(c.text, "install NVIDIA's driver") != NULL);
    CHECK_EQ(COMMAND(&c, "bench", "--device", "nvidia"), 1);
    CHECK(strstr(c.text, "install NVIDIA's driver") != NULL);
    CHECK_EQ(COMMAND(&c, "demo", "--device", "amd", at.name[0], at.name[1]), 2);
    CHECK(strstr(c.text, "only cpu and nvidia") != NULL);
    folder_finish(&at);
}
