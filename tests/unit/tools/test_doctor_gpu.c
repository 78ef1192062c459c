/* SPDX-License-Identifier: MIT */
/* What the doctor says of GPUs: of none, of two, of MPS, and of programs that want one. */
#include "capture.h"

#include "doctor/examine.h"
#include "unit/interop/fake_gpu.h"

/* The n-th finding about a subject. */
static const struct finding *nth(const struct findings *f, const char *subject, unsigned n)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->list[i].subject, subject) == 0 && n-- == 0)
            return &f->list[i];
    test_fail(TEST_HERE, "too little was found about '%s'", subject);
    return NULL;
}

static void check_text(const struct finding *one, enum finding_word word, const char *text)
{
    if (!one)
        return;
    CHECK_EQ(one->word, word);
    if (!one->text || !strstr(one->text, text))
        test_fail(TEST_HERE, "'%s' is missing in: %s", text, one->text);
}

TEST(findings_arrive_as_they_were_sent)
{
    struct findings sent = {0}, got = {0};
    char *bytes = NULL;
    size_t size = 0;
    findings_add(&sent, FINDING_OK, "one", "fine");
    findings_add(&sent, FINDING_FAIL, "two", "%d less", 3);
    findings_advise(&sent, "add %d", 3);
    findings_fact(&sent, "n", "%d", 3);
    FILE *out = open_memstream(&bytes, &size);
    findings_send(&sent, out);
    CHECK_EQ(fclose(out), 0);
    FILE *in = fmemopen(bytes, size, "r");
    findings_receive(&got, in);
    fclose(in);
    CHECK_EQ(got.count, 2);
    check_text(nth(&got, "one", 0), FINDING_OK, "fine");
    check_text(nth(&got, "two", 0), FINDING_FAIL, "3 less");
    CHECK_STR(got.list[1].advice, "add 3");
    CHECK_STR(got.list[1].facts, "\"n\": \"3\"");
    findings_finish(&got);
    in = fmemopen(bytes, size - 1, "r"); /* the sender died: what is whole counts */
    findings_receive(&got, in);
    fclose(in);
    CHECK_EQ(got.count, 1);
    findings_finish(&got);
    findings_finish(&sent);
    free(bytes);
}

/* The choice is settled by the first call: this is the first test that asks. */
TEST(every_gpu_is_named_and_tried_and_the_cpu_as_well)
{
    SKIP_UNLESS_PROCESSES();
    struct findings f = {0};
    FAKE_GPU();
    CHECK_EQ(setenv("ISTHMUS_FAKECUDA_DEVICES", "2", 1), 0);
    CHECK_EQ(setenv("CUDA_MPS_PIPE_DIRECTORY", "/nowhere", 1), 0);
    struct capture c = capture_start();
    examine_sides(&f);
    capture_end(&c);
    CHECK_STR(c.text, "");
    CHECK(findings_good(&f));
    check_text(nth(&f, "choice", 0), FINDING_OK, "GPU");
    check_text(nth(&f, "device", 0), FINDING_OK, "CPU device");
    check_text(nth(&f, "cuda", 1), FINDING_OK, "UUID facecda0-");
    check_text(nth(&f, "cuda", 1), FINDING_OK, "CUDA 13.0");
    check_text(nth(&f, "device", 1), FINDING_OK, "Fake GPU 0");
    check_text(nth(&f, "device", 2), FINDING_OK, "Fake GPU 1");
    for (unsigned i = 0; i < 3; i++) {
        check_text(nth(&f, "memory", i), FINDING_OK, "12 import paths work");
        check_text(nth(&f, "fences", i), FINDING_OK, "2 import paths work");
        check_text(nth(&f, "mutexes", i), FINDING_OK, "3 import paths work");
    }
    check_text(nth(&f, "mps", 0), FINDING_NOTE, "335 us");
    CHECK(strstr(nth(&f, "mps", 0)->advice, "nvidia-cuda-mps-control -d") != NULL);
    findings_finish(&f);
}

static void check_none(const char *libcuda, const char *version, const char *words)
{
    struct findings f = {0};
    CHECK_EQ(setenv("ISTHMUS_LIBCUDA", libcuda, 1), 0);
    CHECK_EQ(setenv("ISTHMUS_FAKECUDA_VERSION", version, 1), 0);
    CHECK_EQ(setenv("ISTHMUS_DEVICE", "nvidia", 1), 0);
    examine_sides(&f);
    check_text(nth(&f, "gpu", 0), FINDING_FAIL, words);
    CHECK(!findings_good(&f));
    findings_finish(&f);
}

TEST(why_there_is_no_gpu_is_said_in_words)
{
    SKIP_UNLESS_PROCESSES();
    FAKE_GPU();
    char fake[PATH_MAX];
    snprintf(fake, sizeof(fake), "%s", getenv("ISTHMUS_LIBCUDA"));
    check_none("/nowhere/libcuda.so.1", "13000", "/nowhere/libcuda.so.1: cannot open");
    check_none("libm.so.6", "13000", "libm.so.6 has no ");
    check_none(fake, "11080", "CUDA 11.8");
    CHECK_EQ(unsetenv("ISTHMUS_FAKECUDA_VERSION"), 0);
}

TEST(mps_runs_if_its_control_process_does)
{
    struct findings f = {0};
    struct folder at = folder_new();
    char path[256];
    snprintf(path, sizeof(path), "%s/nvidia-cuda-mps-control.pid", at.path);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fprintf(file, "%d\n", (int)getpid());
    CHECK_EQ(fclose(file), 0);
    CHECK_EQ(setenv("CUDA_MPS_PIPE_DIRECTORY", at.path, 1), 0);
    examine_mps(&f);
    check_text(nth(&f, "mps", 0), FINDING_OK, "runs");
    CHECK_EQ(unlink(path), 0);
    findings_finish(&f);
    examine_mps(&f);
    check_text(nth(&f, "mps", 0), FINDING_NOTE, "does not run");
    findings_finish(&f);
    folder_finish(&at);
}

/* This program's bytes and a text behind them: a real ELF file. */
static void copy_with(const char *path, const char *more)
{
    char bytes[4096];
    FILE *from = fopen("/bin/true", "rb"), *to = fopen(path, "wb");
    CHECK(from != NULL && to != NULL);
    for (size_t got; (got = fread(bytes, 1, sizeof(bytes), from)) > 0;)
        CHECK_EQ(fwrite(bytes, 1, got, to), got);
    fwrite(more, 1, strlen(more), to);
    fclose(from);
    CHECK_EQ(fclose(to), 0);
}

TEST(programs_for_the_gpu_are_judged_by_how_they_were_linked)
{
    struct findings f = {0};
    struct folder at = folder_new();
    CHECK_EQ(setenv("ISTHMUS_DEVICE", "nvidia", 1), 0);
    copy_with(at.name[0], "libcuda.so.1 __wrap_cudaImportExternalMemory");
    examine_program(&f, at.name[0]);
    check_text(nth(&f, "program", 0), FINDING_OK, "--wrap list");
    CHECK(strstr(f.list[0].facts, "\"wrapped\": \"yes\"") != NULL);
    findings_finish(&f);

    copy_with(at.name[0], "libcuda.so.1");
    examine_program(&f, at.name[0]);
    check_text(nth(&f, "program", 0), FINDING_FAIL, "static CUDA runtime");
    CHECK(strstr(f.list[0].advice, "--wrap") != NULL);
    findings_finish(&f);

    copy_with(at.name[0], "cuGetProcAddress_v2");
    examine_program(&f, at.name[0]);
    check_text(nth(&f, "fetches", 0), FINDING_NOTE, "cuGetProcAddress");
    findings_finish(&f);

    examine_program(&f, "/proc/self/exe"); /* linked with libcudart.so.13, not with ours */
    check_text(nth(&f, "program", 0), FINDING_OK, "shared runtime of CUDA 13");
    findings_finish(&f);
    folder_finish(&at);
}
