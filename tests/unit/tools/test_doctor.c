/* SPDX-License-Identifier: MIT */
/* What the doctor says of machines and programs that are not well, and how it is written. */
#include "capture.h"

#include "doctor/examine.h"
#include "doctor/findings.h"

#include <sys/resource.h>
#include <sys/stat.h>

static const struct finding *find(const struct findings *f, const char *subject)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->list[i].subject, subject) == 0)
            return &f->list[i];
    }
    test_fail(TEST_HERE, "nothing was found about '%s'", subject);
    return NULL;
}

static void check_says(const struct findings *f, const char *subject, enum finding_word word,
                       const char *text, const char *advice)
{
    const struct finding *one = find(f, subject);
    if (!one)
        return;
    CHECK_EQ(one->word, word);
    if (!one->text || !strstr(one->text, text))
        test_fail(TEST_HERE, "'%s' is missing in: %s", text, one->text);
    if (!advice)
        CHECK(one->advice == NULL);
    else if (!one->advice || !strstr(one->advice, advice))
        test_fail(TEST_HERE, "'%s' is missing in: %s", advice, one->advice);
}

static char *printed(const struct findings *f, void (*print)(const struct findings *, FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CHECK(out != NULL);
    print(f, out);
    CHECK_EQ(fclose(out), 0);
    return text;
}

TEST(a_finding_is_a_line_and_its_advice_another)
{
    struct findings f = {0};
    findings_add(&f, FINDING_OK, "one", "fine");
    findings_add(&f, FINDING_NOTE, "two", "%d less", 3);
    findings_advise(&f, "add %d", 3);
    CHECK(findings_good(&f));
    findings_add(&f, FINDING_FAIL, "three", "gone");
    CHECK(!findings_good(&f));
    char *text = printed(&f, findings_print);
    CHECK_STR(text, "ok    one        fine\n"
                    "note  two        3 less\n"
                    "                 -> add 3\n"
                    "FAIL  three      gone\n");
    free(text);
    findings_finish(&f);
    CHECK_EQ(f.count, 0);
}

TEST(json_escapes_what_a_file_name_may_hold)
{
    struct findings f = {0};
    findings_add(&f, FINDING_FAIL, "file", "a \"b\\c\"\n\x01\xc3\xa4");
    findings_advise(&f, "rename");
    findings_fact(&f, "n", "%d", 7);
    findings_fact(&f, "path", "%s", "x\ty");
    char *text = printed(&f, findings_print_json);
    CHECK(strstr(text, "\"programs_run\": false") != NULL);
    CHECK(strstr(text, "{\"subject\": \"file\", \"verdict\": \"fail\", "
                       "\"text\": \"a \\\"b\\\\c\\\"\\u000a\\u0001\xc3\xa4\", "
                       "\"advice\": \"rename\", "
                       "\"facts\": {\"n\": \"7\", \"path\": \"x\\u0009y\"}}") != NULL);
    free(text);
    findings_finish(&f);
}

TEST(advice_and_facts_without_a_finding_go_nowhere)
{
    struct findings f = {0};
    findings_advise(&f, "nothing");
    findings_fact(&f, "n", "0");
    CHECK_EQ(f.count, 0);
    CHECK(findings_good(&f));
}

TEST(both_sides_are_found_and_all_paths_work)
{
    struct findings f = {0};
    struct capture c = capture_start();
    examine_install(&f);
    examine_sides(&f);
    capture_end(&c);
    CHECK_STR(c.text, "");
    CHECK(findings_good(&f));
    check_says(&f, "d3d11", FINDING_OK, "LUID", NULL);
    check_says(&f, "cuda", FINDING_OK, "UUID", NULL);
    check_says(&f, "memory", FINDING_OK, "12 import paths work, by NT handle, name, KMT handle",
               NULL);
    check_says(&f, "fences", FINDING_OK, "2 import paths", NULL);
    check_says(&f, "mutexes", FINDING_OK, "3 import paths", NULL);
    findings_finish(&f);
}

TEST(both_sides_name_one_luid)
{
    struct findings f = {0};
    examine_sides(&f);
    const char *d3d11 = strstr(find(&f, "d3d11")->text, "LUID ");
    const char *cuda = strstr(find(&f, "cuda")->text, "LUID ");
    CHECK(d3d11 && cuda);
    if (d3d11 && cuda)
        CHECK_MEM(cuda, d3d11, strlen("LUID 01234567-01234567"));
    findings_finish(&f);
}

TEST(an_absent_driver_is_no_trouble)
{
    struct findings f = {0};
    examine_driver(&f);
    CHECK(findings_good(&f));
    CHECK(strstr(find(&f, "driver")->facts, "\"libcuda\": ") != NULL);
    findings_finish(&f);
}

TEST(few_descriptors_are_a_note_with_the_command_that_helps)
{
    struct findings f = {0};
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 256;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    examine_machine(&f);
    check_says(&f, "files", FINDING_NOTE, "256", "ulimit -n 1024");
    find(&f, "memlock");
    find(&f, "ram");
    find(&f, "hugepages");
    CHECK(findings_good(&f));
    findings_finish(&f);
}

TEST(a_broker_that_is_off_is_not_looked_for)
{
    struct findings f = {0};
    CHECK_EQ(setenv("ISTHMUS_BROKER", "off", 1), 0);
    examine_broker(&f);
    CHECK_EQ(f.count, 1);
    check_says(&f, "broker", FINDING_OK, "off by ISTHMUS_BROKER", NULL);
    findings_finish(&f);
}

TEST(without_a_broker_it_says_so_and_starts_none)
{
    struct findings f = {0};
    struct folder at = folder_new();
    CHECK_EQ(unsetenv("ISTHMUS_BROKER"), 0);
    CHECK_EQ(setenv("ISTHMUS_RUNTIME_DIR", at.name[0], 1), 0);
    examine_broker(&f);
    check_says(&f, "folder", FINDING_OK, at.name[0], NULL);
    check_says(&f, "broker", FINDING_OK, "no broker runs", NULL);
    check_says(&f, "quotas", FINDING_OK, "16384 objects", NULL);
    findings_finish(&f);
    folder_finish(&at); /* fails if the folder was made */
}

TEST(a_broker_that_cannot_work_is_a_note)
{
    struct findings f = {0};
    struct folder at = folder_new();
    CHECK_EQ(unsetenv("ISTHMUS_BROKER"), 0);
    CHECK_EQ(chmod(at.path, 0755), 0);
    CHECK_EQ(setenv("ISTHMUS_RUNTIME_DIR", at.path, 1), 0);
    CHECK_EQ(setenv("ISTHMUS_BROKER_PATH", "/nowhere/broker", 1), 0);
    CHECK_EQ(setenv("ISTHMUS_QUOTA_FDS", "plenty", 1), 0);
    examine_broker(&f);
    check_says(&f, "folder", FINDING_NOTE, "wants mode 0700", "chmod 700");
    check_says(&f, "broker", FINDING_NOTE, "isthmus-broker is missing", "ISTHMUS_BROKER_PATH");
    check_says(&f, "quotas", FINDING_NOTE, "ISTHMUS_QUOTA_FDS=plenty", "is no number");
    CHECK(findings_good(&f));
    findings_finish(&f);
    CHECK_EQ(unsetenv("ISTHMUS_BROKER_PATH"), 0);
    CHECK_EQ(unsetenv("ISTHMUS_QUOTA_FDS"), 0);
    CHECK_EQ(unsetenv("ISTHMUS_RUNTIME_DIR"), 0);
    folder_finish(&at);
}

TEST(a_folder_that_cannot_be_made_is_a_note)
{
    struct findings f = {0};
    CHECK_EQ(unsetenv("ISTHMUS_BROKER"), 0);
    CHECK_EQ(setenv("ISTHMUS_RUNTIME_DIR", "/nowhere/at/all", 1), 0);
    examine_broker(&f);
    check_says(&f, "folder", FINDING_NOTE, "cannot be made", "ISTHMUS_RUNTIME_DIR");
    CHECK_EQ(unsetenv("ISTHMUS_RUNTIME_DIR"), 0);
    findings_finish(&f);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "ab");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, size, file), size);
    CHECK_EQ(fclose(file), 0);
}

/* This program's bytes and a text behind them: a real ELF file. */
static void copy_of(const char *program, const char *path, const char *more)
{
    char bytes[4096];
    FILE *from = fopen(program, "rb");
    CHECK(from != NULL);
    for (size_t got; (got = fread(bytes, 1, sizeof(bytes), from)) > 0;)
        write_file(path, bytes, got);
    fclose(from);
    write_file(path, more, strlen(more));
}

TEST(a_program_is_judged_by_how_it_reaches_the_runtime)
{
    struct findings f = {0};
    struct folder at = folder_new();
    copy_of("/bin/true", at.name[0], "libcuda.so.1");
    examine_program(&f, at.name[0]);
    check_says(&f, "program", FINDING_FAIL, "static CUDA runtime", "-cudart shared");
    CHECK(strstr(f.list[0].facts, "\"cudart\": \"static\"") != NULL);
    findings_finish(&f);

    examine_program(&f, "true");
    check_says(&f, "program", FINDING_NOTE, "names no CUDA runtime", "-cudart shared");
    findings_finish(&f);

    examine_program(&f, "/proc/self/exe"); /* this test is linked with the stand-in */
    check_says(&f, "program", FINDING_OK, "shared runtime of CUDA 13", NULL);
    findings_finish(&f);
    folder_finish(&at);
}

TEST(what_is_no_program_of_this_machine_gets_a_hint)
{
    struct findings f = {0};
    struct folder at = folder_new();
    write_file(at.name[0], "MZ and more", 11);
    examine_program(&f, at.name[0]);
    check_says(&f, "program", FINDING_FAIL, "for Windows", "compile its sources");
    findings_finish(&f);

    write_file(at.name[1], "#!/bin/sh\n", 10);
    examine_program(&f, at.name[1]);
    check_says(&f, "program", FINDING_NOTE, "a script?", "that it starts");
    findings_finish(&f);

    examine_program(&f, "no-such-program");
    check_says(&f, "program", FINDING_FAIL, "in any folder of PATH", NULL);
    findings_finish(&f);
    folder_finish(&at);
}

TEST(the_command_takes_one_program_and_answers_by_its_exit_code)
{
    SKIP_UNLESS_PROCESSES();
    struct capture c;
    CHECK_EQ(COMMAND(&c, "doctor", "--json"), 0);
    CHECK_STR(c.text, "");
    CHECK_EQ(COMMAND(&c, "doctor", "true"), 0);
    CHECK_EQ(COMMAND(&c, "doctor", "no-such-program"), 1);
    CHECK_EQ(COMMAND(&c, "doctor", "true", "false"), 2);
    CHECK(strstr(c.text, "'false' is one argument too many") != NULL);
}
